ALTER TABLE iceberg.silver.fact_air_quality_hourly EXECUTE remove_orphan_files(retention_threshold => '14d')
