ALTER TABLE iceberg.lh.stage_progress EXECUTE remove_orphan_files(retention_threshold => '14d')
