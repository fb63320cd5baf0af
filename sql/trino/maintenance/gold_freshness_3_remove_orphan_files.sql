ALTER TABLE iceberg.gold.freshness EXECUTE remove_orphan_files(retention_threshold => '14d')
