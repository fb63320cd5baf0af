CREATE TABLE IF NOT EXISTS iceberg.bronze.om_air_quality_hourly_raw (
    location_id varchar NOT NULL COMMENT 'Requested coordinate, `latitude,longitude` with six decimals each.',
    dataset varchar NOT NULL COMMENT 'Always `air_quality`.',
    model varchar NOT NULL COMMENT 'Model that was asked: `cams_global`.',
    ts_utc timestamp(6) with time zone NOT NULL COMMENT 'The source''s own label as a UTC instant; every value holds at the label.',
    grid_latitude double COMMENT 'Latitude of the grid cell that answered. [degrees]',
    grid_longitude double COMMENT 'Longitude of the grid cell that answered. [degrees]',
    elevation_m double COMMENT 'Elevation that the source used for the location. [m]',
    pm10_ug_m3 double COMMENT 'Particles up to 10 µm, at the label. [µg/m³]',
    pm2_5_ug_m3 double COMMENT 'Particles up to 2.5 µm, at the label. [µg/m³]',
    dust_ug_m3 double COMMENT 'Saharan and other mineral dust, at the label. [µg/m³]',
    nitrogen_dioxide_ug_m3 double COMMENT 'Nitrogen dioxide, at the label. [µg/m³]',
    ozone_ug_m3 double COMMENT 'Ozone, at the label. [µg/m³]',
    sulphur_dioxide_ug_m3 double COMMENT 'Sulphur dioxide, at the label. [µg/m³]',
    carbon_monoxide_ug_m3 double COMMENT 'Carbon monoxide, at the label. [µg/m³]',
    uv_index double COMMENT 'UV index, at the label. [index]',
    uv_index_clear_sky double COMMENT 'UV index without clouds, at the label. [index]',
    _ingest_time timestamp(6) with time zone NOT NULL COMMENT 'When the answer that brought this version was fetched (the envelope''s `fetched_at`), not when the job ran.',
    _source varchar NOT NULL COMMENT 'Object key of the landing envelope that brought this version.',
    _hash varchar NOT NULL COMMENT 'SHA-256 (hex) of key and values; equal hashes in a row are one version.',
    _run_type varchar NOT NULL COMMENT 'Kind of Airflow run that fetched it: `scheduled`, `manual` or `backfill`.'
)
COMMENT 'Hourly air quality of each distinct plant coordinate as Open-Meteo answered it: every change is a row.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    partitioning = ARRAY['day(ts_utc)'],
    sorted_by = ARRAY['location_id', 'dataset', 'ts_utc']
)
