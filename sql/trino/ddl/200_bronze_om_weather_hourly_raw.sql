CREATE TABLE IF NOT EXISTS iceberg.bronze.om_weather_hourly_raw (
    location_id varchar NOT NULL COMMENT 'Requested coordinate, `latitude,longitude` with six decimals each.',
    dataset varchar NOT NULL COMMENT '`archive` (settled reanalysis) or `forecast` (provisional).',
    model varchar NOT NULL COMMENT 'Model that was asked: `era5_seamless` for the archive, `ecmwf_ifs` for the forecast (`best_match` until that was pinned).',
    ts_utc timestamp(6) with time zone NOT NULL COMMENT 'The source''s own label as a UTC instant. Unlike in Silver and Gold it is the END of the hour for radiation, precipitation, sunshine and gusts.',
    grid_latitude double COMMENT 'Latitude of the grid cell that answered. [degrees]',
    grid_longitude double COMMENT 'Longitude of the grid cell that answered. [degrees]',
    elevation_m double COMMENT 'Elevation that the source used for the location. [m]',
    shortwave_radiation_w_m2 double COMMENT 'Global horizontal irradiance, mean of the hour before the label. [W/m²]',
    direct_radiation_w_m2 double COMMENT 'Direct irradiance on the horizontal, mean of the hour before the label. [W/m²]',
    diffuse_radiation_w_m2 double COMMENT 'Diffuse irradiance on the horizontal, mean of the hour before the label. [W/m²]',
    direct_normal_irradiance_w_m2 double COMMENT 'Direct irradiance normal to the sun, mean of the hour before the label. [W/m²]',
    terrestrial_radiation_w_m2 double COMMENT 'Irradiance on the horizontal outside the atmosphere, mean of the hour before the label. [W/m²]',
    temperature_2m_c double COMMENT 'Air temperature 2 m above ground, at the label. [°C]',
    dew_point_2m_c double COMMENT 'Dew point 2 m above ground, at the label. [°C]',
    cloud_cover_pct double COMMENT 'Total cloud cover, at the label. [%]',
    precipitation_mm double COMMENT 'Sum of the hour before the label. [mm]',
    sunshine_duration_s double COMMENT 'Seconds of sunshine in the hour before the label. [s]',
    wind_speed_10m_m_s double COMMENT 'Wind speed 10 m above ground, at the label. [m/s]',
    wind_gusts_10m_m_s double COMMENT 'Strongest gust of the hour before the label, 10 m above ground. [m/s]',
    wind_direction_10m_deg double COMMENT 'Where the wind comes from, clockwise from north, at the label. [degrees]',
    pressure_msl_hpa double COMMENT 'Pressure reduced to sea level, at the label. [hPa]',
    _ingest_time timestamp(6) with time zone NOT NULL COMMENT 'When the answer that brought this version was fetched (the envelope''s `fetched_at`), not when the job ran.',
    _source varchar NOT NULL COMMENT 'Object key of the landing envelope that brought this version.',
    _hash varchar NOT NULL COMMENT 'SHA-256 (hex) of key and values; equal hashes in a row are one version.',
    _run_type varchar NOT NULL COMMENT 'Kind of Airflow run that fetched it: `scheduled`, `manual` or `backfill`.'
)
COMMENT 'Hourly weather of each distinct plant coordinate as Open-Meteo answered it: every change is a row.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    partitioning = ARRAY['day(ts_utc)'],
    sorted_by = ARRAY['location_id', 'dataset', 'ts_utc']
)
