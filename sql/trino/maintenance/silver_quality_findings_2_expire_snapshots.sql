ALTER TABLE iceberg.silver.quality_findings EXECUTE expire_snapshots(retention_threshold => '14d')
