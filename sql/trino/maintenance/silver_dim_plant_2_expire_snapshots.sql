ALTER TABLE iceberg.silver.dim_plant EXECUTE expire_snapshots(retention_threshold => '14d')
