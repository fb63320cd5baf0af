ALTER TABLE iceberg.bronze.oe_facilities_raw EXECUTE optimize(file_size_threshold => '32MB')
