-- A day that Silver covers has a row for every plant in commission, also where nothing came: a plant that drops out
-- of the table looks like a smaller fleet, not like missing data.
{% set silver = silver_schema | default('iceberg.silver') %}
{% set staging = staging_schema | default('iceberg.staging') %}
WITH
plants_in_commission AS (
    SELECT DISTINCT
        plant.plant_id,
        rebuild.ds,
        rebuild.network_id
    FROM {{ staging }}.stg_rebuild_days_{{ run_suffix }} AS rebuild
    INNER JOIN {{ silver }}.dim_plant AS plant ON rebuild.network_id = plant.network_id
    INNER JOIN {{ silver }}.dim_unit AS unit ON plant.plant_id = unit.plant_id
    WHERE
        rebuild.is_covered
        AND (
            unit.commissioned_from_utc IS NULL
            -- In commission in the last hour that was due.
            OR rebuild.day_start_utc + (rebuild.due_hours - 1) * INTERVAL '1' HOUR >= unit.commissioned_from_utc
        )
        AND (unit.retired_from_utc IS NULL OR rebuild.day_start_utc < unit.retired_from_utc)
)

SELECT
    required.plant_id,
    required.ds,
    required.network_id,
    'in commission, but no staged row' AS finding
FROM plants_in_commission AS required
LEFT JOIN {{ staging }}.stg_daily_plant_kpi_{{ run_suffix }} AS kpi
    ON required.plant_id = kpi.plant_id AND required.ds = kpi.ds
WHERE kpi.plant_id IS NULL
