-- Last step of a Gold build: drop the list of days, after the publications that read it.
{% set staging = staging_schema | default('iceberg.staging') %}
DROP TABLE IF EXISTS {{ staging }}.stg_rebuild_days_{{ run_suffix }}
