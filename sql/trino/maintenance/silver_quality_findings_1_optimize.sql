ALTER TABLE iceberg.silver.quality_findings EXECUTE optimize(file_size_threshold => '32MB')
