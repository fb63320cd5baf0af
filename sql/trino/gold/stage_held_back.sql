-- Step 4 of a Gold build: what the checks find in the staged rows, by plant-day. These plant-days are not published.
--
-- A check is a query in `checks/` that returns plant_id, ds, network_id and finding of what cannot be published, and no
-- rows when all is well.
{% set staging = staging_schema | default('iceberg.staging') %}
{% set checks = [
    'daily_plant_kpi_keys',
    'daily_plant_kpi_plants',
    'daily_plant_kpi_sums',
    'daily_plant_kpi_values',
    'plant_weather_hourly_keys',
    'plant_weather_hourly_values',
] %}
CREATE OR REPLACE TABLE {{ staging }}.stg_held_back_{{ run_suffix }} AS
WITH
findings AS (
    {% for check in checks %}
        SELECT
            '{{ check }}' AS check_name,
            found.plant_id,
            found.ds,
            found.network_id,
            found.finding
        FROM (
            {% include 'checks/' ~ check ~ '.sql' %}

        ) AS found
        {{ "UNION ALL" if not loop.last }}
    {% endfor %}
)

SELECT
    plant_id,
    ds,
    check_name,
    arbitrary(network_id) AS network_id,
    min(finding) AS finding,
    count(*) AS finding_count,
    cast(current_timestamp AS timestamp(6) with time zone) AS held_since,
    '{{ dag_id }}' AS _dag_id,
    '{{ run_id }}' AS _run_id
FROM findings
GROUP BY plant_id, ds, check_name
