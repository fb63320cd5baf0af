CREATE TABLE IF NOT EXISTS iceberg.gold.plant_weather_hourly (
    plant_id varchar NOT NULL COMMENT 'OpenElectricity''s facility code.',
    ts_utc timestamp(6) with time zone NOT NULL COMMENT 'Start of the hour the row describes, as a UTC instant.',
    ds date NOT NULL COMMENT 'Network-local day (NEM UTC+10, WEM UTC+8, all year).',
    ts_local timestamp(6) COMMENT 'Start of the hour on the network''s clock (no zone attached).',
    network_id varchar NOT NULL COMMENT '`NEM` (UTC+10) or `WEM` (UTC+8).',
    energy_mwh double COMMENT 'Accepted energy; NULL when none is known. Zero is a value. [MWh]',
    power_mw double COMMENT 'Accepted mean power; NULL when none is known. [MW]',
    capacity_mw double COMMENT 'Capacity of the units in commission in this hour; NULL without a generation row. [MW]',
    accepted_capacity_mw double COMMENT 'Capacity of the units whose energy was accepted. [MW]',
    cf double COMMENT 'Capacity factor of the hour: energy ÷ (accepted capacity × 1 h), of an hour that came in part by that part; NULL when nothing was accepted. [ratio]',
    ghi_w_m2 double COMMENT 'Global horizontal irradiance, mean of the hour. [W/m²]',
    dni_w_m2 double COMMENT 'Direct normal irradiance, mean of the hour. [W/m²]',
    dhi_w_m2 double COMMENT 'Diffuse horizontal irradiance, mean of the hour. [W/m²]',
    temperature_c double COMMENT 'Air temperature at 2 m, mean of both ends of the hour. [°C]',
    wind_speed_m_s double COMMENT 'Wind speed at 10 m, mean of both ends of the hour. [m/s]',
    cloud_cover_pct double COMMENT 'Total cloud cover, mean of both ends of the hour. [%]',
    solar_elevation_deg double COMMENT 'Elevation of the sun above the horizon at mid-hour. [degrees]',
    expected_output_index double COMMENT 'Energy ÷ (accepted capacity × GHI ÷ 1,000): output against the horizontal irradiance. Trackers and low sun put it above 1: compare a plant with itself. NULL below 50 W/m² of GHI, and where that is suspect. [ratio]',
    weather_is_provisional boolean COMMENT 'True while any weather value of the hour comes from a forecast; NULL without weather.',
    weather_suspect boolean COMMENT 'True where the hour''s radiation cannot be (`silver.fact_weather_hourly.weather_flags`); NULL without weather.',
    weather_is_former_location boolean COMMENT 'True where the weather is that of the plant''s former coordinates (`silver.fact_weather_hourly.is_former_location`); NULL without weather.',
    quality_flags array(varchar) COMMENT 'Doubts about the hour as in `silver.fact_generation_hourly`; NULL without a generation row.',
    units_expected integer COMMENT 'Units in commission in this hour; NULL without a generation row.',
    units_accepted integer COMMENT 'Units with accepted energy; NULL without a generation row.',
    publication_id varchar COMMENT 'Changes when anything about the plant-day does, and is the same in its rows of `gold.daily_plant_kpi` and `gold.plant_weather_hourly` once both are published. NULL where the day has no row there.',
    _silver_updated_at timestamp(6) with time zone NOT NULL COMMENT 'Newest `_updated_at` of the Silver rows behind this one.'
)
COMMENT 'Generation and weather of each plant side by side, hour by hour. A row exists where either is known.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    partitioning = ARRAY['day(ts_utc)'],
    sorted_by = ARRAY['plant_id', 'ts_utc']
)
