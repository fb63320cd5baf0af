ALTER TABLE iceberg.silver.fact_air_quality_hourly EXECUTE optimize(file_size_threshold => '32MB')
WHERE ts_utc >= date_trunc('day', current_timestamp AT TIME ZONE 'UTC' - INTERVAL '60' DAY)
