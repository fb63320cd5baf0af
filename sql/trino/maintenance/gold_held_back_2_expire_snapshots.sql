ALTER TABLE iceberg.gold.held_back EXECUTE expire_snapshots(retention_threshold => '14d')
