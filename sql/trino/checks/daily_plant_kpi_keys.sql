-- Every staged day is there once and has a whole key.
{% set gold = gold_schema | default('iceberg.gold') %}
SELECT format('plant %s, day %s: %s staged rows', plant_id, ds, count(*)) AS violation
FROM {{ gold }}.stg_daily_plant_kpi_{{ run_suffix }}
GROUP BY plant_id, ds
HAVING count(*) > 1 OR plant_id IS NULL OR ds IS NULL
ORDER BY violation
LIMIT 20
