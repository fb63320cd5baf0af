ALTER TABLE iceberg.bronze.api_requests EXECUTE remove_orphan_files(retention_threshold => '14d')
