ALTER TABLE iceberg.bronze.om_air_quality_hourly_raw EXECUTE expire_snapshots(retention_threshold => '14d')
