ALTER TABLE iceberg.silver.fact_weather_hourly EXECUTE remove_orphan_files(retention_threshold => '14d')
