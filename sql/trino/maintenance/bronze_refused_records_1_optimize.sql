ALTER TABLE iceberg.bronze.refused_records EXECUTE optimize(file_size_threshold => '32MB')
WHERE fetched_at >= date_trunc('day', current_timestamp AT TIME ZONE 'UTC' - INTERVAL '60' DAY)
