ALTER TABLE iceberg.silver.unit_history EXECUTE optimize(file_size_threshold => '32MB')
