ALTER TABLE iceberg.bronze.api_requests EXECUTE optimize(file_size_threshold => '32MB')
WHERE fetched_at >= date_trunc('day', current_timestamp AT TIME ZONE 'UTC' - INTERVAL '60' DAY)
