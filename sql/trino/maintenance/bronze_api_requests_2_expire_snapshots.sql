ALTER TABLE iceberg.bronze.api_requests EXECUTE expire_snapshots(retention_threshold => '14d')
