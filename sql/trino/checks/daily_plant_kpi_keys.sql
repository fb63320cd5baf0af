-- Every staged day is there once: two rows would make the MERGE fail.
{% set gold = gold_schema | default('iceberg.gold') %}
SELECT
    plant_id,
    ds,
    arbitrary(network_id) AS network_id,
    format('%s staged rows', count(*)) AS finding
FROM {{ gold }}.stg_daily_plant_kpi_{{ run_suffix }}
GROUP BY plant_id, ds
HAVING count(*) > 1
