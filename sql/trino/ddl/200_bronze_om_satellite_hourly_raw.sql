CREATE TABLE IF NOT EXISTS iceberg.bronze.om_satellite_hourly_raw (
    location_id varchar NOT NULL COMMENT 'Requested coordinate, `latitude,longitude` with six decimals each.',
    dataset varchar NOT NULL COMMENT 'Always `satellite`.',
    model varchar NOT NULL COMMENT 'Model that was asked: `jma_jaxa_himawari`.',
    ts_utc timestamp(6) with time zone NOT NULL COMMENT 'The source''s own label as a UTC instant: the END of the hour, of which every value is the mean.',
    grid_latitude double COMMENT 'Latitude of the grid cell that answered. [degrees]',
    grid_longitude double COMMENT 'Longitude of the grid cell that answered. [degrees]',
    elevation_m double COMMENT 'Elevation that the source used for the location. [m]',
    shortwave_radiation_w_m2 double COMMENT 'Global horizontal irradiance, mean of the hour before the label; NULL where no picture was taken or it was late. [W/m²]',
    direct_radiation_w_m2 double COMMENT 'Direct irradiance on the horizontal, mean of the hour before the label; NULL where no picture was taken or it was late. [W/m²]',
    diffuse_radiation_w_m2 double COMMENT 'Diffuse irradiance on the horizontal, mean of the hour before the label; NULL where no picture was taken or it was late. [W/m²]',
    direct_normal_irradiance_w_m2 double COMMENT 'Direct irradiance normal to the sun, mean of the hour before the label; NULL where no picture was taken or it was late. [W/m²]',
    _ingest_time timestamp(6) with time zone NOT NULL COMMENT 'When the answer that brought this version was fetched (the envelope''s `fetched_at`), not when the job ran.',
    _source varchar NOT NULL COMMENT 'Object key of the landing envelope that brought this version.',
    _hash varchar NOT NULL COMMENT 'SHA-256 (hex) of key and values; equal hashes in a row are one version.',
    _run_type varchar NOT NULL COMMENT 'Kind of Airflow run that fetched it: `scheduled`, `manual` or `backfill`.'
)
COMMENT 'Hourly irradiance of each distinct plant coordinate as seen by satellite (Himawari-9), as Open-Meteo answered it: every change is a row. Filled with PV_SATELLITE_IRRADIANCE=1 only.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    partitioning = ARRAY['day(ts_utc)'],
    sorted_by = ARRAY['location_id', 'dataset', 'ts_utc']
)
