ALTER TABLE iceberg.bronze.refused_records EXECUTE expire_snapshots(retention_threshold => '14d')
