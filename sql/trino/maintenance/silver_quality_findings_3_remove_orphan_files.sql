ALTER TABLE iceberg.silver.quality_findings EXECUTE remove_orphan_files(retention_threshold => '14d')
