ALTER TABLE iceberg.bronze.om_weather_hourly_raw EXECUTE remove_orphan_files(retention_threshold => '14d')
