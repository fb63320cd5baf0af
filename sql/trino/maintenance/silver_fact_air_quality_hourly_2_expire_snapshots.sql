ALTER TABLE iceberg.silver.fact_air_quality_hourly EXECUTE expire_snapshots(retention_threshold => '14d')
