ALTER TABLE iceberg.silver.dim_unit EXECUTE expire_snapshots(retention_threshold => '14d')
