CREATE TABLE IF NOT EXISTS iceberg.silver.dim_plant (
    plant_id varchar NOT NULL COMMENT 'OpenElectricity''s facility code.',
    plant_name varchar COMMENT 'Name as published.',
    network_id varchar NOT NULL COMMENT '`NEM` (UTC+10) or `WEM` (UTC+8).',
    network_region varchar COMMENT 'Market region, such as `NSW1`.',
    latitude double COMMENT 'Latitude, WGS 84. [degrees]',
    longitude double COMMENT 'Longitude, WGS 84. [degrees]',
    location_id varchar COMMENT 'Coordinate as weather is asked for it, `latitude,longitude` with six decimals; NULL without coordinates.',
    former_location_ids array(varchar) COMMENT 'Coordinates that the registry gave before, newest first, those inside the plant''s region. Where the present place has no weather of an hour, the weather of these coordinates is taken. NULL for a plant that was not moved.',
    same_cell_location_ids array(varchar) COMMENT 'Those of the former coordinates for which Open-Meteo answered from the same grid cells as for the present ones: the same data.',
    grid_cells array(varchar) COMMENT 'Of a plant that was moved: `location_id dataset model latitude,longitude` of each grid cell that answered for its places.',
    capacity_mw double COMMENT 'Sum of the plant''s units that are in commission or have a date for it, and are not retired (AC). [MW]',
    unit_count integer NOT NULL COMMENT 'Units of the plant in the registry.',
    commissioned_date date COMMENT 'First day of service of the earliest unit, network-local; NULL when unknown.',
    retired_date date COMMENT 'Last day of service, network-local; set only when every unit has ended.',
    utc_offset_hours integer NOT NULL COMMENT 'Network time minus UTC, all year (no daylight saving). [h]',
    time_zone varchar NOT NULL COMMENT 'The same as text, such as `+10:00`.',
    coordinate_check varchar NOT NULL COMMENT '`ok`, `missing` or `outside_region` (not inside the bounding box of its market region).',
    last_ingest_time timestamp(6) with time zone COMMENT 'When the newest registry version used here was fetched.',
    _updated_at timestamp(6) with time zone NOT NULL COMMENT 'When Silver last changed this row; unchanged rows keep it.'
)
COMMENT 'The plants of the registry, newest version: where they are, how large, since when.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    sorted_by = ARRAY['plant_id']
)
