ALTER TABLE iceberg.silver.unit_history EXECUTE expire_snapshots(retention_threshold => '14d')
