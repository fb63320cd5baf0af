ALTER TABLE iceberg.gold.freshness EXECUTE expire_snapshots(retention_threshold => '14d')
