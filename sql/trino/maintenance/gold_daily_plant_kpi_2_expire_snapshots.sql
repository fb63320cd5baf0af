ALTER TABLE iceberg.gold.daily_plant_kpi EXECUTE expire_snapshots(retention_threshold => '14d')
