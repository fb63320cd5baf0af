CREATE TABLE IF NOT EXISTS iceberg.silver.dim_unit (
    network_id varchar NOT NULL COMMENT '`NEM` (UTC+10) or `WEM` (UTC+8).',
    unit_code varchar NOT NULL COMMENT 'OpenElectricity''s code of the unit (DUID).',
    plant_id varchar NOT NULL COMMENT 'Plant that the unit belongs to (facility code).',
    capacity_mw double COMMENT 'Maximum capacity, else registered capacity; NULL when the registry has neither. [MW]',
    capacity_source varchar COMMENT '`capacity_maximum` or `capacity_registered`.',
    status_id varchar COMMENT '`operating`, `commissioning`, `retired`, …',
    commissioned_from_utc timestamp(6) with time zone COMMENT 'First hour in commission: commencement date at network-local midnight, else the hour of the first data; NULL = always.',
    retired_from_utc timestamp(6) with time zone COMMENT 'First hour no longer in commission; NULL = still in commission.',
    last_ingest_time timestamp(6) with time zone COMMENT 'When the newest registry version used here was fetched.',
    _updated_at timestamp(6) with time zone NOT NULL COMMENT 'When Silver last changed this row; unchanged rows keep it.'
)
COMMENT 'The units of the registry, newest version, with the span in which each one counts.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    sorted_by = ARRAY['network_id', 'unit_code']
)
