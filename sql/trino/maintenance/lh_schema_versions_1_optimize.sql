ALTER TABLE iceberg.lh.schema_versions EXECUTE optimize(file_size_threshold => '32MB')
