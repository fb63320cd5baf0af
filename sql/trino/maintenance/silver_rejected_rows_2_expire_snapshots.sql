ALTER TABLE iceberg.silver.rejected_rows EXECUTE expire_snapshots(retention_threshold => '14d')
