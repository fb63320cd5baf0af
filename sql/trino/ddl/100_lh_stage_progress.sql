CREATE TABLE IF NOT EXISTS iceberg.lh.stage_progress (
    stage varchar NOT NULL COMMENT 'Reader, such as `silver`.',
    source varchar NOT NULL COMMENT 'What it reads, such as `oe_generation`.',
    loaded_through timestamp(6) with time zone NOT NULL COMMENT 'Everything loaded up to this instant has been read.',
    updated_at timestamp(6) with time zone NOT NULL COMMENT 'When the stage wrote this row.'
)
COMMENT 'How far a stage has read each of its sources. A stage takes what is newer, so nothing depends on the order of runs.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    sorted_by = ARRAY['stage', 'source']
)
