ALTER TABLE iceberg.bronze.om_weather_hourly_raw EXECUTE expire_snapshots(retention_threshold => '14d')
