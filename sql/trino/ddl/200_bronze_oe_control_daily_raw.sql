CREATE TABLE IF NOT EXISTS iceberg.bronze.oe_control_daily_raw (
    network_id varchar NOT NULL COMMENT '`NEM` or `WEM`.',
    network_region varchar NOT NULL COMMENT 'Region as the source names it (`NSW1`, `QLD1`, `SA1`, `TAS1`, `VIC1`, `WEM`); one it renames or adds is kept under that name.',
    ds date NOT NULL COMMENT 'Network-local day (NEM UTC+10, WEM UTC+8, all year).',
    energy_mwh double COMMENT 'Energy of all units of the source''s fuel `solar_utility` in the region, as answered; NULL means that the source said it has none. [MWh]',
    _ingest_time timestamp(6) with time zone NOT NULL COMMENT 'When the answer that brought this version was fetched (the envelope''s `fetched_at`), not when the job ran.',
    _source varchar NOT NULL COMMENT 'Object key of the landing envelope that brought this version.',
    _hash varchar NOT NULL COMMENT 'SHA-256 (hex) of key and values; equal hashes in a row are one version.',
    _run_type varchar NOT NULL COMMENT 'Kind of Airflow run that fetched it: `scheduled`, `manual` or `backfill`.'
)
COMMENT 'Daily energy of all utility solar of each region of a network by the source''s own sum, as it was answered: every change of value is a row. Days are asked for when they are settled (04:30 two days later). Empty with PV_CONTROL=0.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    sorted_by = ARRAY['network_id', 'network_region', 'ds']
)
