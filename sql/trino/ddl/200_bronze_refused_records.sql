CREATE TABLE IF NOT EXISTS iceberg.bronze.refused_records (
    request_id varchar NOT NULL COMMENT 'Object key of the landing envelope, as in `bronze.api_requests`.',
    json_path varchar NOT NULL COMMENT 'Where the record stands in the answer''s body, such as `$.data[3].units[0].status_id`.',
    reason varchar NOT NULL COMMENT 'What was expected there, and what came.',
    source varchar NOT NULL COMMENT 'Source of the answer, as in `bronze.api_requests`.',
    fetched_at timestamp(6) with time zone NOT NULL COMMENT 'When the answer came, as in `bronze.api_requests`.'
)
COMMENT 'Records of an answer that could not be read, while the others of the answer were loaded (outcome `partial`). The answer itself lies in landing as it came.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    partitioning = ARRAY['day(fetched_at)'],
    sorted_by = ARRAY['request_id', 'json_path']
)
