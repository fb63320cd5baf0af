CREATE TABLE IF NOT EXISTS iceberg.silver.dim_unit (
    network_id varchar NOT NULL COMMENT '`NEM` (UTC+10) or `WEM` (UTC+8).',
    unit_code varchar NOT NULL COMMENT 'OpenElectricity''s code of the unit (DUID).',
    plant_id varchar NOT NULL COMMENT 'Plant that the unit belongs to (facility code).',
    capacity_mw double COMMENT 'What counts now: maximum capacity, else registered capacity, but a reviewed change before both, and the last plausible figure where most of the unit''s history contradicts a newer one. NULL when there is none. Earlier capacities: `silver.unit_history`. [MW]',
    capacity_source varchar COMMENT '`capacity_maximum`, `capacity_registered` or `capacity_changes.csv` (a reviewed change, in `include/`).',
    status_id varchar COMMENT '`operating`, `commissioning`, `retired`, …',
    commissioned_from_utc timestamp(6) with time zone COMMENT 'First hour in commission: commencement day at network-local midnight; where it is not exact to the day, or missing, the hour of the first data; of a committed unit its first value. 9999-12-31 = not yet.',
    retired_from_utc timestamp(6) with time zone COMMENT 'First hour no longer in commission; NULL = still in commission. The end of the closure date''s day, month or year; the day from which three days of complete registry answers left the unit out; the registry''s first `retired` without a date. A closure that is not exact to the day is never before the last reading.',
    aliases array(varchar) COMMENT 'Codes that the unit had before, sorted; their values count as its own.',
    last_ingest_time timestamp(6) with time zone COMMENT 'When the newest registry version used here was fetched.',
    _updated_at timestamp(6) with time zone NOT NULL COMMENT 'When Silver last changed this row; unchanged rows keep it.'
)
COMMENT 'The units of the registry, newest version, with the span in which each one counts.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    sorted_by = ARRAY['network_id', 'unit_code']
)
