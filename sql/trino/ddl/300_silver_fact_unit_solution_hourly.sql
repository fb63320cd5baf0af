CREATE TABLE IF NOT EXISTS iceberg.silver.fact_unit_solution_hourly (
    network_id varchar NOT NULL COMMENT 'Always `NEM`.',
    unit_code varchar NOT NULL COMMENT 'Unit code; joins with `silver.dim_unit`.',
    ts_utc timestamp(6) with time zone NOT NULL COMMENT 'Start of the hour the row describes, as a UTC instant; its twelve intervals end at hh:00 to hh:55, as those of energy do.',
    intervals integer NOT NULL COMMENT 'Intervals with a forecast, an availability and a target. The sums are of these; with fewer than 12 they are not used for losses. [intervals]',
    uigf_mwh double COMMENT 'What the unit could have made: the sum of the forecasts ÷ 12. NULL without an interval. [MWh]',
    availability_mwh double COMMENT 'What it offered. [MWh]',
    cleared_mwh double COMMENT 'What it was told to make. [MWh]',
    curtailed_mwh double COMMENT 'The sum of max(0, forecast − target) ÷ 12. [MWh]',
    capped_intervals integer NOT NULL COMMENT 'Intervals in which the target was a cap (SEMIDISPATCHCAP). [intervals]',
    first_ingest_time timestamp(6) with time zone NOT NULL COMMENT 'When the first value of this hour was fetched.',
    last_ingest_time timestamp(6) with time zone NOT NULL COMMENT 'When the newest version used here was fetched.',
    _updated_at timestamp(6) with time zone NOT NULL COMMENT 'When Silver last changed this row; unchanged rows keep it.'
)
COMMENT 'Hourly sums of the market operator''s unit solution (units of the NEM from 30 MW on), newest values, of the physical run of each interval. A row exists where the operator said anything of the hour; nothing is filled in. Filled with PV_UNIT_SOLUTION=1 only.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    partitioning = ARRAY['day(ts_utc)'],
    sorted_by = ARRAY['network_id', 'unit_code', 'ts_utc']
)
