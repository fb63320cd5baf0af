CREATE TABLE IF NOT EXISTS iceberg.gold.control_totals (
    network_id varchar NOT NULL COMMENT '`NEM` (UTC+10) or `WEM` (UTC+8).',
    network_region varchar NOT NULL COMMENT 'Market region, such as `NSW1`.',
    ds date NOT NULL COMMENT 'Network-local day (NEM UTC+10, WEM UTC+8, all year).',
    energy_mwh double NOT NULL COMMENT 'Energy of all utility solar of the region by the source''s own sum, the newest that it gave. [MWh]',
    our_energy_raw_mwh double NOT NULL COMMENT 'Sum of `silver.fact_generation_hourly.energy_raw_mwh` of the region''s plants: all that was said of their units, refused values included. [MWh]',
    plants_reporting bigint NOT NULL COMMENT 'Plants of the region of which anything was said on the day.',
    ratio double COMMENT '`our_energy_raw_mwh` ÷ `energy_mwh`; NULL where the latter is 0. [ratio]',
    is_complete boolean NOT NULL COMMENT 'Whether the two differ by at most 0.5 % of `energy_mwh`.',
    is_comparable boolean NOT NULL COMMENT 'Whether all plants there are were asked for: PV_FACILITIES named none when the row was made, the whole day was asked for, and no unit of the region was left out of that day.',
    finding varchar COMMENT '`fleet_incomplete` (a warning) where the day is comparable and not complete, else NULL.',
    found_since timestamp(6) with time zone COMMENT 'When a build first found that; NULL without a finding.',
    _control_ingest_time timestamp(6) with time zone COMMENT 'When the answer with this `energy_mwh` was fetched.',
    _dag_id varchar COMMENT 'DAG of the run that first found it; NULL without a finding.',
    _run_id varchar COMMENT 'That run.'
)
COMMENT 'The source''s own total of each region''s utility solar beside the sum of its plants here, for settled days of which both are known: whether the fleet is complete. Brought up to date by every Gold build, for the days of its window and of the 40 before its end; no row holds anything back.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    partitioning = ARRAY['month(ds)'],
    sorted_by = ARRAY['network_id', 'network_region', 'ds']
)
