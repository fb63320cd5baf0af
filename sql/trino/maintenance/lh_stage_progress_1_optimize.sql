ALTER TABLE iceberg.lh.stage_progress EXECUTE optimize(file_size_threshold => '32MB')
