-- Last steps of a Gold build: drop the staging table, after a publication that succeeded.
{% set staging = staging_schema | default('iceberg.staging') %}
DROP TABLE IF EXISTS {{ staging }}.stg_held_back_{{ run_suffix }}
