ALTER TABLE iceberg.bronze.oe_facilities_raw EXECUTE expire_snapshots(retention_threshold => '14d')
