ALTER TABLE iceberg.silver.unit_history EXECUTE remove_orphan_files(retention_threshold => '14d')
