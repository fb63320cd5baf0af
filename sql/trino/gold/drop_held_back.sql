-- Last steps of a Gold build: drop the staging table, after a publication that succeeded.
{% set gold = gold_schema | default('iceberg.gold') %}
DROP TABLE IF EXISTS {{ gold }}.stg_held_back_{{ run_suffix }}
