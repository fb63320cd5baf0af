ALTER TABLE iceberg.silver.rejected_rows EXECUTE remove_orphan_files(retention_threshold => '14d')
