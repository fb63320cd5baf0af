ALTER TABLE iceberg.gold.kpi_history EXECUTE remove_orphan_files(retention_threshold => '14d')
