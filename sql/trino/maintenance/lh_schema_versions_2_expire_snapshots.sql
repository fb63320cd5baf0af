ALTER TABLE iceberg.lh.schema_versions EXECUTE expire_snapshots(retention_threshold => '14d')
