CREATE TABLE IF NOT EXISTS iceberg.silver.fact_market_hourly (
    network_id varchar NOT NULL COMMENT '`NEM` or `WEM`.',
    network_region varchar NOT NULL COMMENT 'Region as the source names it; joins with `silver.dim_plant.network_region`.',
    ts_utc timestamp(6) with time zone NOT NULL COMMENT 'Start of the hour the row describes, as a UTC instant.',
    price_aud_mwh double COMMENT 'Plain mean of the hour''s five-minute prices. From -1,000 to about 20,300 every value is one the market allows. NULL where none came. [AUD/MWh]',
    curtailed_solar_mwh double COMMENT 'Utility-scale solar of the region that was available and not taken, as the source says it. 0 is nothing curtailed or not known, which the source does not tell apart; it may be negative, as it is the difference of two estimates. NULL for WEM, of which the source has none, and where none came. [MWh]',
    revision integer NOT NULL COMMENT 'How often the source changed its answer for this hour after the first one; 0 = never.',
    first_ingest_time timestamp(6) with time zone NOT NULL COMMENT 'When the first value of this hour was fetched.',
    last_ingest_time timestamp(6) with time zone NOT NULL COMMENT 'When the newest version used here was fetched.',
    _updated_at timestamp(6) with time zone NOT NULL COMMENT 'When Silver last changed this row; unchanged rows keep it.'
)
COMMENT 'Hourly price and curtailed utility solar of each region, newest values. A row exists where the source said a value of the hour; nothing is filled in.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    partitioning = ARRAY['day(ts_utc)'],
    sorted_by = ARRAY['network_id', 'network_region', 'ts_utc']
)
