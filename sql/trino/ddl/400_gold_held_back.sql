CREATE TABLE IF NOT EXISTS iceberg.gold.held_back (
    plant_id varchar NOT NULL COMMENT 'OpenElectricity''s facility code.',
    ds date NOT NULL COMMENT 'Network-local day (NEM UTC+10, WEM UTC+8, all year).',
    check_name varchar NOT NULL COMMENT 'File in `sql/trino/checks` that found it.',
    network_id varchar NOT NULL COMMENT '`NEM` (UTC+10) or `WEM` (UTC+8).',
    finding varchar NOT NULL COMMENT 'What was found, with figures: the first finding of the check for this plant-day.',
    finding_count bigint NOT NULL COMMENT 'How many findings the check had for this plant-day.',
    held_since timestamp(6) with time zone NOT NULL COMMENT 'When the check first held this plant-day back.',
    _dag_id varchar NOT NULL COMMENT 'DAG of the run that first held it back.',
    _run_id varchar NOT NULL COMMENT 'Airflow run that first held it back.'
)
COMMENT 'Plant-days whose newest build is not published because a check found something: Gold still shows what it showed before. A row goes when a later build of the day is published. Empty when all is well.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    sorted_by = ARRAY['ds', 'plant_id']
)
