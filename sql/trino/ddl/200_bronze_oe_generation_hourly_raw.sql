CREATE TABLE IF NOT EXISTS iceberg.bronze.oe_generation_hourly_raw (
    network_id varchar NOT NULL COMMENT '`NEM` or `WEM`.',
    unit_code varchar NOT NULL COMMENT 'OpenElectricity''s code of the unit (DUID).',
    metric varchar NOT NULL COMMENT '`energy`, `power` or `market_value`: the source''s sum over the hour''s five-minute intervals of energy × the region''s price, without loss factors and contracts, 0 where energy is 0 or less. A unit and hour has no row of a metric that was never answered.',
    ts_utc timestamp(6) with time zone NOT NULL COMMENT 'Start of the hour the row describes, as a UTC instant.',
    value double COMMENT 'Value as answered; NULL means that the source said it has none, or no longer named the hour (`is_absent`). A market value that cannot be read has no row; `bronze.refused_records` names it. [as `value_unit`]',
    value_unit varchar COMMENT 'Unit that the source named: `MWh` for energy, `MW` for power, `$` (AUD) for market value.',
    is_absent boolean COMMENT 'True where an answer that asked for the hour, and of which all energy and power could be read, did not name it, though an earlier one had a value; NULL elsewhere, and for market values.',
    _ingest_time timestamp(6) with time zone NOT NULL COMMENT 'When the answer that brought this version was fetched (the envelope''s `fetched_at`), not when the job ran.',
    _source varchar NOT NULL COMMENT 'Object key of the landing envelope that brought this version.',
    _hash varchar NOT NULL COMMENT 'SHA-256 (hex) of key and values; equal hashes in a row are one version.',
    _run_type varchar NOT NULL COMMENT 'Kind of Airflow run that fetched it: `scheduled`, `manual` or `backfill`.'
)
COMMENT 'Hourly energy, power and market value of each unit as it was answered: every change of value is a row, in the order it was fetched, so a revision that is revised back is three rows. Of answers without a value after one with a value the first and the second are rows, as the second confirms that it was taken back.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    partitioning = ARRAY['day(ts_utc)'],
    sorted_by = ARRAY['network_id', 'unit_code', 'metric', 'ts_utc']
)
