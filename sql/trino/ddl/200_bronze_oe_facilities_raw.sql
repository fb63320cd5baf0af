CREATE TABLE IF NOT EXISTS iceberg.bronze.oe_facilities_raw (
    network_id varchar NOT NULL COMMENT '`NEM` or `WEM`.',
    facility_code varchar NOT NULL COMMENT 'OpenElectricity''s code of the facility; becomes `plant_id`.',
    unit_code varchar NOT NULL COMMENT 'OpenElectricity''s code of the unit (DUID).',
    facility_name varchar COMMENT 'Name as published.',
    network_region varchar COMMENT 'Market region, such as `NSW1`.',
    latitude double COMMENT 'Latitude as published, WGS 84. [degrees]',
    longitude double COMMENT 'Longitude as published, WGS 84. [degrees]',
    fueltech_id varchar COMMENT 'Fuel technology, such as `solar_utility`.',
    status_id varchar COMMENT '`operating`, `commissioning`, `retired`, …',
    dispatch_type varchar COMMENT '`GENERATOR`, `LOAD`, …',
    capacity_registered_mw double COMMENT 'Registered capacity. [MW]',
    capacity_maximum_mw double COMMENT 'Maximum capacity; preferred over the registered one. [MW]',
    commencement_date date COMMENT 'First day of service, network-local.',
    closure_date date COMMENT 'Last day of service, network-local.',
    commencement_specificity varchar COMMENT 'How exact `commencement_date` is: `day`, `month`, `quarter` or `year`; NULL where the source does not say, which is a day.',
    closure_specificity varchar COMMENT 'The same of `closure_date`.',
    is_listed boolean COMMENT 'False: an answer that would have named the unit no longer did; all else is NULL then. NULL: it is listed.',
    data_first_seen_utc timestamp(6) with time zone COMMENT 'First hour with data; the published wall clock read as network-local time.',
    _ingest_time timestamp(6) with time zone NOT NULL COMMENT 'When the answer that brought this version was fetched (the envelope''s `fetched_at`), not when the job ran.',
    _source varchar NOT NULL COMMENT 'Object key of the landing envelope that brought this version.',
    _hash varchar NOT NULL COMMENT 'SHA-256 (hex) of key and values; equal hashes in a row are one version.',
    _run_type varchar NOT NULL COMMENT 'Kind of Airflow run that fetched it: `scheduled`, `manual` or `backfill`.'
)
COMMENT 'OpenElectricity''s registry as it was answered, one row per unit whenever something about it changed. Fields that change with every answer (`data_last_seen`, `updated_at`, `max_generation`) are not kept.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    sorted_by = ARRAY['network_id', 'facility_code', 'unit_code']
)
