ALTER TABLE iceberg.lh.stage_progress EXECUTE expire_snapshots(retention_threshold => '14d')
