ALTER TABLE iceberg.bronze.om_air_quality_hourly_raw EXECUTE remove_orphan_files(retention_threshold => '14d')
