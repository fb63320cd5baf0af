CREATE TABLE IF NOT EXISTS iceberg.bronze.aemo_unit_solution_raw (
    network_id varchar NOT NULL COMMENT 'Always `NEM`.',
    unit_code varchar NOT NULL COMMENT 'The operator''s DUID, which is OpenElectricity''s unit code.',
    ts_utc timestamp(6) with time zone NOT NULL COMMENT 'Start of the hour to which the source of generation counts the interval, as a UTC instant: that in which the interval ends.',
    interval_end_utc timestamp(6) with time zone NOT NULL COMMENT 'End of the five minutes, as a UTC instant (SETTLEMENTDATE, which is NEM time).',
    intervention integer NOT NULL COMMENT '1 for the physical run of an interval in which the operator intervened, beside which that of 0 sets the price; else 0.',
    initial_mw double COMMENT 'Measured power at the start of the interval; NULL where the operator has none. [MW]',
    total_cleared_mw double COMMENT 'Target for the end of the interval (TOTALCLEARED). [MW]',
    availability_mw double COMMENT 'What the unit offered, at most its forecast. [MW]',
    uigf_mw double COMMENT 'Unconstrained intermittent generation forecast: what the unit could make under its weather and working equipment. NULL for units that are not semi-scheduled. [MW]',
    is_capped boolean COMMENT 'Whether the unit must not make more than its target (SEMIDISPATCHCAP).',
    _ingest_time timestamp(6) with time zone NOT NULL COMMENT 'When the file that brought this version was fetched (the envelope''s `fetched_at`), not when the job ran.',
    _source varchar NOT NULL COMMENT 'Object key of the landing envelope that brought this version.',
    _hash varchar NOT NULL COMMENT 'SHA-256 (hex) of key and values; equal hashes in a row are one version.',
    _run_type varchar NOT NULL COMMENT 'Kind of Airflow run that fetched it: `scheduled`, `manual` or `backfill`.'
)
COMMENT 'What the market operator''s dispatch had of each of our units in every five minutes (AEMO''s next-day unit solution, units of the NEM from 30 MW on), as it was published: every change is a row. Filled with PV_UNIT_SOLUTION=1 only.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    partitioning = ARRAY['day(ts_utc)'],
    sorted_by = ARRAY['network_id', 'unit_code', 'ts_utc']
)
