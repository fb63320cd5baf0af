-- The day's energy is the sum of its hours.
{% set staging = staging_schema | default('iceberg.staging') %}
WITH
hours AS (
    SELECT
        plant_id,
        ds,
        sum(energy_mwh) AS energy_mwh
    FROM {{ staging }}.stg_plant_weather_hourly_{{ run_suffix }}
    GROUP BY plant_id, ds
)

SELECT
    kpi.plant_id,
    kpi.ds,
    kpi.network_id,
    format('%s MWh, but its hours sum up to %s MWh', kpi.energy_mwh, hours.energy_mwh) AS finding
FROM {{ staging }}.stg_daily_plant_kpi_{{ run_suffix }} AS kpi
LEFT JOIN hours ON kpi.plant_id = hours.plant_id AND kpi.ds = hours.ds
WHERE
    (kpi.energy_mwh IS NULL) <> (hours.energy_mwh IS NULL)
    OR abs(kpi.energy_mwh - hours.energy_mwh) > 1e-6
