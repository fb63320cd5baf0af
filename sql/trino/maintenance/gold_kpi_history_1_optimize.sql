ALTER TABLE iceberg.gold.kpi_history EXECUTE optimize(file_size_threshold => '32MB')
WHERE ds >= date_trunc('month', current_date - INTERVAL '60' DAY)
