ALTER TABLE iceberg.bronze.oe_facilities_raw EXECUTE remove_orphan_files(retention_threshold => '14d')
