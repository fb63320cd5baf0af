ALTER TABLE iceberg.silver.dim_unit EXECUTE optimize(file_size_threshold => '32MB')
