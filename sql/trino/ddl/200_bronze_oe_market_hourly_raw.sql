CREATE TABLE IF NOT EXISTS iceberg.bronze.oe_market_hourly_raw (
    network_id varchar NOT NULL COMMENT '`NEM` or `WEM`.',
    network_region varchar NOT NULL COMMENT 'Region as the source names it (`NSW1`, `QLD1`, `SA1`, `TAS1`, `VIC1`, `WEM`); one it renames or adds is kept under that name.',
    metric varchar NOT NULL COMMENT '`price`, or `curtailment_solar_utility_energy`, which is asked of NEM alone.',
    ts_utc timestamp(6) with time zone NOT NULL COMMENT 'Start of the hour the row describes, as a UTC instant.',
    value double COMMENT 'Value as answered, whatever its sign; NULL means that the source said it has none. A price is the plain mean of five-minute prices, from the market''s floor (-1,000) to its cap (about 20,300). Curtailed energy that the source does not know arrives as 0, and may be negative. [as `value_unit`]',
    value_unit varchar COMMENT 'Unit that the source named: `$/MWh` (AUD) for price, `MWh` for curtailed energy.',
    _ingest_time timestamp(6) with time zone NOT NULL COMMENT 'When the answer that brought this version was fetched (the envelope''s `fetched_at`), not when the job ran.',
    _source varchar NOT NULL COMMENT 'Object key of the landing envelope that brought this version.',
    _hash varchar NOT NULL COMMENT 'SHA-256 (hex) of key and values; equal hashes in a row are one version.',
    _run_type varchar NOT NULL COMMENT 'Kind of Airflow run that fetched it: `scheduled`, `manual` or `backfill`.'
)
COMMENT 'Hourly price and curtailed utility solar of each region of a network as it was answered: every change of value is a row. Empty with PV_MARKET=0.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    partitioning = ARRAY['day(ts_utc)'],
    sorted_by = ARRAY['network_id', 'network_region', 'metric', 'ts_utc']
)
