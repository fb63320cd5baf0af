CREATE TABLE IF NOT EXISTS iceberg.gold.daily_plant_kpi (
    plant_id varchar NOT NULL COMMENT 'OpenElectricity''s facility code.',
    ds date NOT NULL COMMENT 'Network-local day (NEM UTC+10, WEM UTC+8, all year).',
    plant_name varchar COMMENT 'Name as published.',
    network_id varchar NOT NULL COMMENT '`NEM` (UTC+10) or `WEM` (UTC+8).',
    energy_mwh double COMMENT 'Sum of the accepted unit-hours; NULL when none was accepted. A lower bound while `missingness` is above 0. [MWh]',
    capacity_mw double COMMENT 'Sum of the capacities of the units in commission during the day; NULL when a unit''s is unknown. [MW]',
    cf double COMMENT 'Capacity factor: energy ÷ capacity of the accepted unit-hours; NULL when `missingness` > 0.1. [ratio]',
    missingness double NOT NULL COMMENT '1 − accepted ÷ expected unit-hours. [ratio]',
    expected_unit_hours bigint NOT NULL COMMENT 'Hours of the day for each unit in commission, not later than the newest hour that Silver holds for the network. [h]',
    accepted_unit_hours bigint NOT NULL COMMENT 'Unit-hours with a value that was not rejected. [h]',
    latency_minutes double COMMENT 'Median over the hours from their end to their first fetch, of hours first brought by a scheduled run; NULL where there are none. [min]',
    latency_max_minutes double COMMENT 'Maximum of the same. [min]',
    weather_missingness double COMMENT '1 − hours with GHI ÷ hours due. [ratio]',
    insolation_kwh_m2 double COMMENT 'Sum of GHI ÷ 1,000; NULL when `weather_missingness` > 0.1. [kWh/m²]',
    specific_yield_mwh_per_mw double COMMENT 'Energy ÷ capacity. [MWh/MW]',
    partial_hours bigint NOT NULL COMMENT 'Hours with a row in which a unit in commission had no accepted value; hours without a row show in `missingness`. [h]',
    suspect_hours bigint NOT NULL COMMENT 'Hours with any quality flag other than `partial_hour`. [h]',
    rejected_hours bigint NOT NULL COMMENT 'Hours in which a unit''s value was rejected. [h]',
    revised_hours bigint NOT NULL COMMENT 'Hours that the source changed after its first answer. [h]',
    is_open_day boolean NOT NULL COMMENT 'True when not all hours of the day were due yet at the time it was built.',
    _silver_updated_at timestamp(6) with time zone COMMENT 'Newest `_updated_at` of the Silver rows behind this one; NULL when there are none.',
    _run_id varchar NOT NULL COMMENT 'Airflow run that last changed this row.'
)
COMMENT 'The figures of each plant and network-local day: how much it made, how well, and how far the day can be trusted. A row exists for every plant in commission and every day that Silver covers for its network, also where nothing came. Unknown is NULL, never 0.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    partitioning = ARRAY['month(ds)'],
    sorted_by = ARRAY['plant_id', 'ds']
)
