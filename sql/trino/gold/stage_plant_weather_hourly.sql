-- Step 2 of a Gold build: generation and weather side by side for every hour of the days to build.
{% set silver = silver_schema | default('iceberg.silver') %}
{% set gold = gold_schema | default('iceberg.gold') %}
CREATE OR REPLACE TABLE {{ gold }}.stg_plant_weather_hourly_{{ run_suffix }} AS
WITH
-- The facts are joined by the hour itself, so that Trino reads only the partitions of these days.
plant_hours AS (
    SELECT
        plant.plant_id,
        plant.network_id,
        rebuild.ds,
        rebuild.day_start_utc + hours.h * INTERVAL '1' HOUR AS ts_utc,
        cast(rebuild.ds AS timestamp(6)) + hours.h * INTERVAL '1' HOUR AS ts_local
    FROM {{ gold }}.stg_rebuild_days_{{ run_suffix }} AS rebuild
    INNER JOIN {{ silver }}.dim_plant AS plant ON rebuild.network_id = plant.network_id
    CROSS JOIN unnest(sequence(0, 23)) AS hours (h)
),

generation AS (
    SELECT
        plant_hours.ds,
        plant_hours.ts_local,
        plant_hours.network_id,
        fact.*
    FROM {{ silver }}.fact_generation_hourly AS fact
    INNER JOIN plant_hours ON fact.plant_id = plant_hours.plant_id AND fact.ts_utc = plant_hours.ts_utc
),

weather AS (
    SELECT
        plant_hours.ds,
        plant_hours.ts_local,
        plant_hours.network_id,
        fact.*
    FROM {{ silver }}.fact_weather_hourly AS fact
    INNER JOIN plant_hours ON fact.plant_id = plant_hours.plant_id AND fact.ts_utc = plant_hours.ts_utc
)

SELECT
    coalesce(generation.plant_id, weather.plant_id) AS plant_id,
    coalesce(generation.ts_utc, weather.ts_utc) AS ts_utc,
    coalesce(generation.ds, weather.ds) AS ds,
    coalesce(generation.ts_local, weather.ts_local) AS ts_local,
    coalesce(generation.network_id, weather.network_id) AS network_id,
    generation.energy_mwh,
    generation.power_mw,
    generation.capacity_mw,
    generation.accepted_capacity_mw,
    generation.energy_mwh / nullif(generation.accepted_capacity_mw, 0) AS cf,
    weather.ghi_w_m2,
    weather.dni_w_m2,
    weather.dhi_w_m2,
    weather.temperature_c,
    weather.wind_speed_m_s,
    weather.cloud_cover_pct,
    weather.solar_elevation_deg,
    -- Below 50 W/m2 the index is a small number divided by a small number.
    if(
        weather.ghi_w_m2 >= 50,
        generation.energy_mwh / nullif(generation.capacity_mw * weather.ghi_w_m2 / 1000, 0)
    ) AS expected_output_index,
    weather.is_provisional AS weather_is_provisional,
    generation.quality_flags,
    generation.units_expected,
    generation.units_accepted,
    greatest(
        coalesce(generation._updated_at, weather._updated_at),
        coalesce(weather._updated_at, generation._updated_at)
    ) AS _silver_updated_at
FROM generation
FULL JOIN weather ON generation.plant_id = weather.plant_id AND generation.ts_utc = weather.ts_utc
