-- Last steps of a Gold build: drop the staging table, after a publication that succeeded.
{% set gold = gold_schema | default('iceberg.gold') %}
DROP TABLE IF EXISTS {{ gold }}.stg_plant_weather_hourly_{{ run_suffix }}
