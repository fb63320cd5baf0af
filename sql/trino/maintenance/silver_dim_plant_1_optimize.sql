ALTER TABLE iceberg.silver.dim_plant EXECUTE optimize(file_size_threshold => '32MB')
