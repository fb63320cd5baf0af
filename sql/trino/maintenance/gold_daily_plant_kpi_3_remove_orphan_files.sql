ALTER TABLE iceberg.gold.daily_plant_kpi EXECUTE remove_orphan_files(retention_threshold => '14d')
