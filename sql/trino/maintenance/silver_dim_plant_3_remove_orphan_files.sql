ALTER TABLE iceberg.silver.dim_plant EXECUTE remove_orphan_files(retention_threshold => '14d')
