ALTER TABLE iceberg.bronze.oe_generation_hourly_raw EXECUTE remove_orphan_files(retention_threshold => '14d')
