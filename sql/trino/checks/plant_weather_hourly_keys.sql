-- Every staged hour is there once: two rows would make the MERGE fail.
{% set staging = staging_schema | default('iceberg.staging') %}
SELECT
    plant_id,
    arbitrary(ds) AS ds,
    arbitrary(network_id) AS network_id,
    format('hour %s: %s staged rows', ts_utc, count(*)) AS finding
FROM {{ staging }}.stg_plant_weather_hourly_{{ run_suffix }}
GROUP BY plant_id, ts_utc
HAVING count(*) > 1
