ALTER TABLE iceberg.silver.fact_generation_hourly EXECUTE remove_orphan_files(retention_threshold => '14d')
