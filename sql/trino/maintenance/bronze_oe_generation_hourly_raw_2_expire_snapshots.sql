ALTER TABLE iceberg.bronze.oe_generation_hourly_raw EXECUTE expire_snapshots(retention_threshold => '14d')
