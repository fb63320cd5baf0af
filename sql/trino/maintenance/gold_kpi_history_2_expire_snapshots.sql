ALTER TABLE iceberg.gold.kpi_history EXECUTE expire_snapshots(retention_threshold => '14d')
