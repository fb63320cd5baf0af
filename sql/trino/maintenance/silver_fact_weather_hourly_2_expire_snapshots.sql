ALTER TABLE iceberg.silver.fact_weather_hourly EXECUTE expire_snapshots(retention_threshold => '14d')
