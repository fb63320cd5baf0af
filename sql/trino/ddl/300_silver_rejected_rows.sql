CREATE TABLE IF NOT EXISTS iceberg.silver.rejected_rows (
    source_table varchar NOT NULL COMMENT 'Bronze table that the value lies in.',
    network_id varchar NOT NULL COMMENT '`NEM` (UTC+10) or `WEM` (UTC+8).',
    unit_code varchar NOT NULL COMMENT 'OpenElectricity''s code of the unit (DUID); of weather, which has none, that of the plant.',
    metric varchar NOT NULL COMMENT '`energy`, `power`, or the column of the Bronze table.',
    ts_utc timestamp(6) with time zone NOT NULL COMMENT 'Start of the hour the row describes, as a UTC instant.',
    plant_id varchar COMMENT 'Plant of the unit; NULL when the registry does not know the unit.',
    value double COMMENT 'The value that was rejected. [that of the metric]',
    reason varchar NOT NULL COMMENT '`no_plant`, `impossible_time`, `withdrawn` (two answers after it no longer gave it), `not_a_number`, `above_capacity_limit` (1.5 × capacity), `outside_physical_limits`; of runs, see `silver.quality_findings`, `doubled`, `shifted`, `frozen` or `night_generation`.',
    detail varchar COMMENT 'The figures behind the reason.',
    landing_object varchar NOT NULL COMMENT 'Object key of the envelope that brought the value.',
    ingest_time timestamp(6) with time zone NOT NULL COMMENT 'When that answer was fetched.',
    _updated_at timestamp(6) with time zone NOT NULL COMMENT 'When Silver last changed this row; unchanged rows keep it.'
)
COMMENT 'Source values that Silver does not use, each with the reason and the way back to the landing object.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    partitioning = ARRAY['day(ts_utc)'],
    sorted_by = ARRAY['network_id', 'unit_code', 'metric', 'ts_utc']
)
