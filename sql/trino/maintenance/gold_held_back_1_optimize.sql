ALTER TABLE iceberg.gold.held_back EXECUTE optimize(file_size_threshold => '32MB')
