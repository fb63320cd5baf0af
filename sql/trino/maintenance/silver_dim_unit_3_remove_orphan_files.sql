ALTER TABLE iceberg.silver.dim_unit EXECUTE remove_orphan_files(retention_threshold => '14d')
