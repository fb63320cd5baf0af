-- Step 2 of a Gold build: generation and weather side by side for every hour of the days to build.
--
-- Every plant has its 24 hours here, also those of which nothing is known: the next step weighs what is missing. Hours
-- in which neither side is known (`is_known` false) are not published, and columns that the table does not have are
-- for the next step alone.
{% import 'gold/sun.jinja' as sun with context %}
{% from 'gold/units.jinja' import unit_spans %}
{% set silver = silver_schema | default('iceberg.silver') %}
{% set staging = staging_schema | default('iceberg.staging') %}
CREATE OR REPLACE TABLE {{ staging }}.stg_plant_weather_hourly_{{ run_suffix }} AS
WITH
-- A plant without usable coordinates has the light of the others of its network: the sun's times differ by minutes.
places AS (
    SELECT
        plant_id,
        network_id,
        utc_offset_hours,
        radians(
            coalesce(
                if(coordinate_check = 'ok', latitude),
                avg(if(coordinate_check = 'ok', latitude)) OVER (PARTITION BY network_id)
            )
        ) AS latitude,
        radians(
            coalesce(
                if(coordinate_check = 'ok', longitude),
                avg(if(coordinate_check = 'ok', longitude)) OVER (PARTITION BY network_id)
            )
        ) AS longitude
    FROM {{ silver }}.dim_plant
),

plant_days AS (
    SELECT
        place.plant_id,
        place.network_id,
        rebuild.ds,
        rebuild.day_start_utc,
        rebuild.due_hours,
        place.latitude,
        {{ sun.declination(sun.day_angle('rebuild.ds')) }} AS declination,
        -- Hour angle at the day's start: the longitude against the network's clock, whose noon is hour angle 0.
        place.longitude - pi() * place.utc_offset_hours / 12 - pi()
        + {{ sun.equation_of_time(sun.day_angle('rebuild.ds')) }} AS hour_angle
    FROM {{ staging }}.stg_rebuild_days_{{ run_suffix }} AS rebuild
    INNER JOIN places AS place ON rebuild.network_id = place.network_id
),

-- The facts are joined by the hour itself, so that Trino reads only the partitions of these days.
plant_hours AS (
    SELECT
        plant_days.plant_id,
        plant_days.network_id,
        plant_days.ds,
        hours.h < plant_days.due_hours AS is_due,
        plant_days.day_start_utc + hours.h * INTERVAL '1' HOUR AS ts_utc,
        cast(plant_days.ds AS timestamp(6)) + hours.h * INTERVAL '1' HOUR AS ts_local,
        plant_days.latitude,
        plant_days.declination,
        -- Sunset is as far from noon as sunrise.
        {{ sun.sunset_hour_angle('plant_days.latitude', 'plant_days.declination') }} AS sunset_angle,
        plant_days.hour_angle + pi() * hours.h / 12 AS hour_angle
    FROM plant_days
    CROSS JOIN unnest(sequence(0, 23)) AS hours (h)
),

lit_hours AS (
    SELECT
        *,
        {{ sun.light(
            'latitude',
            'declination',
            'greatest(hour_angle, -sunset_angle)',
            'least(hour_angle + pi() / 12, sunset_angle)'
        ) }} AS light
    FROM plant_hours
),

-- Units in commission, by the hour: what the registry expects whether or not a row came.
expected AS (
    SELECT
        hours.plant_id,
        hours.ts_utc,
        count(*) AS units,
        -- A unit of unknown capacity makes the plant's unknown, not smaller.
        if(
            count(unit.capacity_mw) = count(*), cast(sum(cast(unit.capacity_mw AS decimal(18, 9))) AS double)
        ) AS capacity_mw
    FROM plant_hours AS hours
    INNER JOIN {{ unit_spans(silver) }} AS unit ON hours.plant_id = unit.plant_id
    WHERE coalesce(hours.ts_utc >= unit.start_utc, TRUE) AND coalesce(hours.ts_utc < unit.end_utc, TRUE)
    GROUP BY hours.plant_id, hours.ts_utc
)

SELECT
    hours.plant_id,
    hours.ts_utc,
    hours.ds,
    hours.ts_local,
    hours.network_id,
    generation.energy_mwh,
    generation.power_mw,
    generation.capacity_mw,
    generation.accepted_capacity_mw,
    -- Of an hour that came in part, the capacity counts in part.
    generation.energy_mwh / nullif(
        if(
            contains(generation.quality_flags, 'incomplete_hour'),
            generation.capacity_mw * generation.accepted_share,
            generation.accepted_capacity_mw
        ),
        0
    ) AS cf,
    weather.ghi_w_m2,
    weather.dni_w_m2,
    weather.dhi_w_m2,
    weather.temperature_c,
    weather.wind_speed_m_s,
    weather.cloud_cover_pct,
    weather.solar_elevation_deg,
    -- Below 50 W/m2 the index is a small number divided by a small number.
    if(
        weather.ghi_w_m2 >= 50 AND NOT coalesce(weather.weather_suspect, FALSE),
        generation.energy_mwh / nullif(generation.accepted_capacity_mw * weather.ghi_w_m2 / 1000, 0)
    ) AS expected_output_index,
    weather.is_provisional AS weather_is_provisional,
    -- Silver rows older than the column are not suspect.
    if(weather.plant_id IS NOT NULL, coalesce(weather.weather_suspect, FALSE)) AS weather_suspect,
    if(weather.plant_id IS NOT NULL, coalesce(weather.is_former_location, FALSE)) AS weather_is_former_location,
    generation.quality_flags,
    generation.units_expected,
    generation.units_accepted,
    greatest(
        coalesce(generation._updated_at, weather._updated_at),
        coalesce(weather._updated_at, generation._updated_at)
    ) AS _silver_updated_at,
    generation.plant_id IS NOT NULL OR weather.plant_id IS NOT NULL AS is_known,
    hours.is_due,
    coalesce(expected.units, 0) AS units_in_commission,
    expected.capacity_mw AS capacity_in_commission_mw,
    -- Silver rows older than the column have it as it is without incomplete hours.
    coalesce(
        generation.accepted_share,
        least(1e0, generation.accepted_capacity_mw / nullif(generation.capacity_mw, 0)),
        least(1e0, cast(generation.units_accepted AS double) / nullif(generation.units_expected, 0)),
        0e0
    ) AS accepted_share,
    -- Of unknown light (no coordinates in the network at all) every hour has the same.
    coalesce(
        hours.light / nullif(sum(hours.light) OVER (PARTITION BY hours.plant_id, hours.ds), 0), 1e0 / 24
    ) AS light_share,
    generation.energy_raw_mwh,
    generation.units_rejected,
    -- Silver rows older than these columns: with one unit both are the same.
    coalesce(generation.material_revision, generation.revision) AS revisions,
    coalesce(
        generation.complete_ingest_time, if(generation.units_expected = 1, generation.first_ingest_time)
    ) AS complete_ingest_time,
    coalesce(
        generation.complete_run_type, if(generation.units_expected = 1, generation.first_run_type)
    ) AS complete_run_type
FROM lit_hours AS hours
LEFT JOIN expected ON hours.plant_id = expected.plant_id AND hours.ts_utc = expected.ts_utc
LEFT JOIN {{ silver }}.fact_generation_hourly AS generation
    ON hours.plant_id = generation.plant_id AND hours.ts_utc = generation.ts_utc
LEFT JOIN {{ silver }}.fact_weather_hourly AS weather
    ON hours.plant_id = weather.plant_id AND hours.ts_utc = weather.ts_utc
