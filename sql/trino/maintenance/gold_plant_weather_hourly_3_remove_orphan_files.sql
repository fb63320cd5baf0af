ALTER TABLE iceberg.gold.plant_weather_hourly EXECUTE remove_orphan_files(retention_threshold => '14d')
