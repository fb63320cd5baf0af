CREATE TABLE IF NOT EXISTS iceberg.silver.fact_weather_hourly (
    plant_id varchar NOT NULL COMMENT 'OpenElectricity''s facility code.',
    ts_utc timestamp(6) with time zone NOT NULL COMMENT 'Start of the hour the row describes, as a UTC instant.',
    ghi_w_m2 double COMMENT 'Global horizontal irradiance, mean of the hour. [W/m²]',
    dni_w_m2 double COMMENT 'Direct normal irradiance, mean of the hour. [W/m²]',
    dhi_w_m2 double COMMENT 'Diffuse horizontal irradiance, mean of the hour. [W/m²]',
    direct_horizontal_w_m2 double COMMENT 'Direct irradiance on the horizontal, mean of the hour. [W/m²]',
    extraterrestrial_w_m2 double COMMENT 'Irradiance on the horizontal outside the atmosphere, mean of the hour. [W/m²]',
    temperature_c double COMMENT 'Air temperature at 2 m, mean of both ends of the hour. [°C]',
    dew_point_c double COMMENT 'Dew point at 2 m, mean of both ends of the hour. [°C]',
    cloud_cover_pct double COMMENT 'Total cloud cover, mean of both ends of the hour. [%]',
    precipitation_mm double COMMENT 'Precipitation, sum of the hour. [mm]',
    sunshine_s double COMMENT 'Seconds of sunshine in the hour. [s]',
    wind_speed_m_s double COMMENT 'Wind speed at 10 m, mean of both ends of the hour. [m/s]',
    wind_gust_m_s double COMMENT 'Strongest gust of the hour at 10 m. [m/s]',
    wind_direction_deg double COMMENT 'Where the wind comes from, clockwise from north, vector mean of both ends of the hour. [degrees]',
    pressure_msl_hpa double COMMENT 'Pressure at sea level, mean of both ends of the hour. [hPa]',
    solar_elevation_deg double COMMENT 'Elevation of the sun above the horizon at mid-hour, computed. [degrees]',
    is_provisional boolean NOT NULL COMMENT 'True while any value of the row comes from a forecast.',
    weather_suspect boolean COMMENT 'True where the hour''s radiation cannot be (`weather_flags`): it is left out of insolation. NULL in rows older than this column.',
    weather_flags array(varchar) COMMENT 'Why it is suspect, sorted: `above_extraterrestrial` (global irradiance), `beyond_qcrad` (diffuse or direct normal beyond QCRad''s possible limits), `dark_at_high_sun` (sun above 20 degrees, global at most 1 % of the extraterrestrial), `not_closed` (global is not direct plus diffuse, by more than 5 % and 20 W/m²).',
    location_id varchar COMMENT 'Coordinate that the values were asked for. NULL in rows older than this column.',
    is_former_location boolean COMMENT 'True where the plant''s coordinates were changed, the present ones have no weather of the hour yet, and the former ones lie in another grid cell: the values are those of the former place. The sun''s elevation is of the present one.',
    revision integer NOT NULL COMMENT 'How often the source changed its answer for this hour after the first one; 0 = never.',
    first_ingest_time timestamp(6) with time zone NOT NULL COMMENT 'When the first value of this hour was fetched.',
    last_ingest_time timestamp(6) with time zone NOT NULL COMMENT 'When the newest version used here was fetched.',
    _updated_at timestamp(6) with time zone NOT NULL COMMENT 'When Silver last changed this row; unchanged rows keep it.'
)
COMMENT 'Hourly weather at each plant, moved to the hour it describes: means and sums of the hour as they are, values at the label as the mean of both ends (directions as vectors). A settled archive value beats a forecast one, value by value; the four irradiances that a model derives of one another come from one dataset.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    partitioning = ARRAY['day(ts_utc)'],
    sorted_by = ARRAY['plant_id', 'ts_utc']
)
