ALTER TABLE iceberg.gold.held_back EXECUTE remove_orphan_files(retention_threshold => '14d')
