ALTER TABLE iceberg.gold.plant_weather_hourly EXECUTE expire_snapshots(retention_threshold => '14d')
