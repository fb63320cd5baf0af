ALTER TABLE iceberg.bronze.refused_records EXECUTE remove_orphan_files(retention_threshold => '14d')
