ALTER TABLE iceberg.lh.schema_versions EXECUTE remove_orphan_files(retention_threshold => '14d')
