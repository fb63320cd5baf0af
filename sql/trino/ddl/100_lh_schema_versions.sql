CREATE TABLE IF NOT EXISTS iceberg.lh.schema_versions (
    table_name varchar NOT NULL COMMENT 'Schema and table, such as `gold.daily_plant_kpi`.',
    contract_hash varchar NOT NULL COMMENT 'SHA-256 (hex) of the contract''s columns, key, partitioning and sort order.',
    applied_at timestamp(6) with time zone NOT NULL COMMENT 'When this contract was first applied to the table.'
)
COMMENT 'Which contract each table was last brought to. Written by `lakehouse_setup` after its DDL.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    sorted_by = ARRAY['table_name']
)
