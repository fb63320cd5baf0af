-- Every staged day is there once: two rows would make the MERGE fail.
{% set staging = staging_schema | default('iceberg.staging') %}
SELECT
    plant_id,
    ds,
    arbitrary(network_id) AS network_id,
    format('%s staged rows', count(*)) AS finding
FROM {{ staging }}.stg_daily_plant_kpi_{{ run_suffix }}
GROUP BY plant_id, ds
HAVING count(*) > 1
