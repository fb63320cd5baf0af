ALTER TABLE iceberg.silver.fact_generation_hourly EXECUTE expire_snapshots(retention_threshold => '14d')
