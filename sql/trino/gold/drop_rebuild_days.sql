-- Last step of a Gold build: drop the list of days, after the publications that read it.
{% set gold = gold_schema | default('iceberg.gold') %}
DROP TABLE IF EXISTS {{ gold }}.stg_rebuild_days_{{ run_suffix }}
