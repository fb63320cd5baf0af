ALTER TABLE iceberg.gold.freshness EXECUTE optimize(file_size_threshold => '32MB')
