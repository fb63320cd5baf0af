CREATE TABLE IF NOT EXISTS iceberg.silver.fact_air_quality_hourly (
    plant_id varchar NOT NULL COMMENT 'OpenElectricity''s facility code.',
    ts_utc timestamp(6) with time zone NOT NULL COMMENT 'Start of the hour the row describes, as a UTC instant.',
    pm10_ug_m3 double COMMENT 'Particles up to 10 µm, mean of both ends of the hour. [µg/m³]',
    pm2_5_ug_m3 double COMMENT 'Particles up to 2.5 µm, mean of both ends of the hour. [µg/m³]',
    dust_ug_m3 double COMMENT 'Saharan and other mineral dust, mean of both ends of the hour. [µg/m³]',
    nitrogen_dioxide_ug_m3 double COMMENT 'Nitrogen dioxide, mean of both ends of the hour. [µg/m³]',
    ozone_ug_m3 double COMMENT 'Ozone, mean of both ends of the hour. [µg/m³]',
    sulphur_dioxide_ug_m3 double COMMENT 'Sulphur dioxide, mean of both ends of the hour. [µg/m³]',
    carbon_monoxide_ug_m3 double COMMENT 'Carbon monoxide, mean of both ends of the hour. [µg/m³]',
    uv_index double COMMENT 'UV index, mean of both ends of the hour. [index]',
    uv_index_clear_sky double COMMENT 'UV index without clouds, mean of both ends of the hour. [index]',
    location_id varchar COMMENT 'Coordinate that the values were asked for. NULL in rows older than this column.',
    is_former_location boolean COMMENT 'True where the values are those of the place where the plant stood by the registry before, as in `silver.fact_weather_hourly`.',
    revision integer NOT NULL COMMENT 'How often the source changed its answer for this hour after the first one; 0 = never.',
    first_ingest_time timestamp(6) with time zone NOT NULL COMMENT 'When the first value of this hour was fetched.',
    last_ingest_time timestamp(6) with time zone NOT NULL COMMENT 'When the newest version used here was fetched.',
    _updated_at timestamp(6) with time zone NOT NULL COMMENT 'When Silver last changed this row; unchanged rows keep it.'
)
COMMENT 'Hourly air quality at each plant, as the mean of the values at both ends of the hour.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    partitioning = ARRAY['day(ts_utc)'],
    sorted_by = ARRAY['plant_id', 'ts_utc']
)
