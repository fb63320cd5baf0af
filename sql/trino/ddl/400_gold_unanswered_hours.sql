CREATE TABLE IF NOT EXISTS iceberg.gold.unanswered_hours (
    source varchar NOT NULL COMMENT 'As in `bronze.api_requests`: `oe_generation`, `oe_market`, `om_weather`.',
    plant_id varchar NOT NULL COMMENT 'OpenElectricity''s facility code. A request for a market or for weather failed for all plants that it serves.',
    ts_utc timestamp(6) with time zone NOT NULL COMMENT 'Start of the hour, as a UTC instant; of weather the hour that ends with the label that was asked for.',
    outcome varchar NOT NULL COMMENT 'What became of the newest of these requests: `unauthorised`, `rate_limited`, `invalid` or `error`; `bronze.api_requests` says more.',
    failed_since timestamp(6) with time zone NOT NULL COMMENT 'When the first of them had failed.',
    _dag_id varchar NOT NULL COMMENT 'DAG of the run that first noted it.',
    _run_id varchar NOT NULL COMMENT 'That run.'
)
COMMENT 'Hours of a plant that a source was asked for and gave no answer about: every request failed. Brought up to date by every Gold build from the requests of the last 40 days; an hour that is answered goes, one that is not stays.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    partitioning = ARRAY['day(ts_utc)'],
    sorted_by = ARRAY['source', 'plant_id', 'ts_utc']
)
