-- Every staged hour is there once and has a whole key: a doubled key would make the MERGE fail.
{% set gold = gold_schema | default('iceberg.gold') %}
SELECT format('plant %s, hour %s: %s staged rows', plant_id, ts_utc, count(*)) AS violation
FROM {{ gold }}.stg_plant_weather_hourly_{{ run_suffix }}
GROUP BY plant_id, ts_utc
HAVING count(*) > 1 OR plant_id IS NULL OR ts_utc IS NULL
ORDER BY violation
LIMIT 20
