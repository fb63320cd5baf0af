-- Step 3 of a Gold build: the daily figures of every plant in commission, for the days to build that Silver covers.
--
-- Expected unit-hours come from the registry, not from rows that happen to be there: what never came is missing.
-- Sums are decimal: sums of doubles depend on the order in which Trino's threads meet the rows, and the same
-- data would then look changed to the next publication.
{% set silver = silver_schema | default('iceberg.silver') %}
{% set gold = gold_schema | default('iceberg.gold') %}
CREATE OR REPLACE TABLE {{ gold }}.stg_daily_plant_kpi_{{ run_suffix }} AS
WITH
due_hours AS (
    SELECT
        rebuild.network_id,
        rebuild.ds,
        rebuild.due_hours,
        rebuild.day_start_utc + hours.h * INTERVAL '1' HOUR AS ts_utc
    FROM {{ gold }}.stg_rebuild_days_{{ run_suffix }} AS rebuild
    CROSS JOIN unnest(sequence(0, 23)) AS hours (h)
    WHERE rebuild.is_covered AND hours.h < rebuild.due_hours
),

plant_hours AS (
    SELECT
        plant.plant_id,
        due_hours.ds,
        due_hours.due_hours,
        due_hours.ts_utc
    FROM due_hours
    INNER JOIN {{ silver }}.dim_plant AS plant ON due_hours.network_id = plant.network_id
),

unit_hours AS (
    SELECT
        unit.plant_id,
        unit.unit_code,
        unit.capacity_mw,
        unit._updated_at,
        plant_hours.ds,
        plant_hours.due_hours,
        plant_hours.ts_utc
    FROM plant_hours
    INNER JOIN {{ silver }}.dim_unit AS unit
        ON
            plant_hours.plant_id = unit.plant_id
            AND (unit.commissioned_from_utc IS NULL OR plant_hours.ts_utc >= unit.commissioned_from_utc)
            AND (unit.retired_from_utc IS NULL OR plant_hours.ts_utc < unit.retired_from_utc)
),

expected_hours AS (
    SELECT
        plant_id,
        ts_utc,
        count(*) AS units
    FROM unit_hours
    GROUP BY plant_id, ts_utc
),

unit_days AS (
    SELECT
        plant_id,
        unit_code,
        ds,
        capacity_mw,
        _updated_at,
        due_hours,
        count(*) AS expected_hours
    FROM unit_hours
    GROUP BY plant_id, unit_code, ds, capacity_mw, _updated_at, due_hours
),

expected_days AS (
    SELECT
        plant_id,
        ds,
        due_hours,
        sum(expected_hours) AS expected_unit_hours,
        -- A unit of unknown capacity makes the plant's unknown, not smaller.
        if(count(capacity_mw) = count(*), cast(sum(cast(capacity_mw AS decimal(18, 9))) AS double)) AS capacity_mw,
        max(_updated_at) AS units_updated_at
    FROM unit_days
    GROUP BY plant_id, ds, due_hours
),

generation_days AS (
    SELECT
        fact.plant_id,
        plant_hours.ds,
        cast(sum(cast(fact.energy_mwh AS decimal(18, 9))) AS double) AS energy_mwh,
        cast(sum(cast(fact.accepted_capacity_mw AS decimal(18, 9))) AS double) AS accepted_capacity_mwh,
        -- A unit that reports before its commencement is not in the expectation, so it cannot fill a gap in it.
        sum(least(fact.units_accepted, coalesce(expected_hours.units, 0))) AS accepted_unit_hours,
        array_sort(
            array_agg(date_diff('millisecond', fact.ts_utc + INTERVAL '1' HOUR, fact.first_ingest_time) / 60000e0)
            FILTER (WHERE fact.first_run_type = 'scheduled')
        ) AS latencies_minutes,
        count_if(contains(fact.quality_flags, 'partial_hour')) AS partial_hours,
        count_if(cardinality(array_remove(fact.quality_flags, 'partial_hour')) > 0) AS suspect_hours,
        count_if(fact.units_rejected > 0) AS rejected_hours,
        count_if(fact.revision > 0) AS revised_hours,
        max(fact._updated_at) AS updated_at
    FROM {{ silver }}.fact_generation_hourly AS fact
    INNER JOIN plant_hours ON fact.plant_id = plant_hours.plant_id AND fact.ts_utc = plant_hours.ts_utc
    LEFT JOIN expected_hours ON fact.plant_id = expected_hours.plant_id AND fact.ts_utc = expected_hours.ts_utc
    GROUP BY fact.plant_id, plant_hours.ds
),

weather_days AS (
    SELECT
        fact.plant_id,
        plant_hours.ds,
        count(fact.ghi_w_m2) AS hours_with_ghi,
        cast(sum(cast(fact.ghi_w_m2 AS decimal(18, 9))) AS double) / 1000 AS insolation_kwh_m2,
        max(fact._updated_at) AS updated_at
    FROM {{ silver }}.fact_weather_hourly AS fact
    INNER JOIN plant_hours ON fact.plant_id = plant_hours.plant_id AND fact.ts_utc = plant_hours.ts_utc
    GROUP BY fact.plant_id, plant_hours.ds
),

figures AS (
    SELECT
        plant.plant_id,
        expected_days.ds,
        plant.plant_name,
        plant.network_id,
        generation_days.energy_mwh,
        generation_days.accepted_capacity_mwh,
        expected_days.capacity_mw,
        expected_days.expected_unit_hours,
        coalesce(generation_days.accepted_unit_hours, 0) AS accepted_unit_hours,
        generation_days.latencies_minutes,
        1 - coalesce(weather_days.hours_with_ghi, 0) / cast(expected_days.due_hours AS double) AS weather_missingness,
        weather_days.insolation_kwh_m2,
        coalesce(generation_days.partial_hours, 0) AS partial_hours,
        coalesce(generation_days.suspect_hours, 0) AS suspect_hours,
        coalesce(generation_days.rejected_hours, 0) AS rejected_hours,
        coalesce(generation_days.revised_hours, 0) AS revised_hours,
        expected_days.due_hours < 24 AS is_open_day,
        greatest(
            plant._updated_at,
            expected_days.units_updated_at,
            coalesce(generation_days.updated_at, plant._updated_at),
            coalesce(weather_days.updated_at, plant._updated_at)
        ) AS _silver_updated_at
    FROM expected_days
    INNER JOIN {{ silver }}.dim_plant AS plant ON expected_days.plant_id = plant.plant_id
    LEFT JOIN generation_days
        ON expected_days.plant_id = generation_days.plant_id AND expected_days.ds = generation_days.ds
    LEFT JOIN weather_days ON expected_days.plant_id = weather_days.plant_id AND expected_days.ds = weather_days.ds
),

ratios AS (
    SELECT
        *,
        cast(expected_unit_hours - accepted_unit_hours AS double) / expected_unit_hours AS missingness,
        cardinality(latencies_minutes) AS latency_count
    FROM figures
)

SELECT
    plant_id,
    ds,
    plant_name,
    network_id,
    energy_mwh,
    capacity_mw,
    if(missingness <= 0.1, energy_mwh / nullif(accepted_capacity_mwh, 0)) AS cf,
    missingness,
    expected_unit_hours,
    accepted_unit_hours,
    (
        element_at(latencies_minutes, (latency_count + 1) / 2)
        + element_at(latencies_minutes, latency_count / 2 + 1)
    ) / 2 AS latency_minutes,
    element_at(latencies_minutes, -1) AS latency_max_minutes,
    weather_missingness,
    if(weather_missingness <= 0.1, insolation_kwh_m2) AS insolation_kwh_m2,
    energy_mwh / nullif(capacity_mw, 0) AS specific_yield_mwh_per_mw,
    partial_hours,
    suspect_hours,
    rejected_hours,
    revised_hours,
    is_open_day,
    _silver_updated_at,
    '{{ run_id }}' AS _run_id
FROM ratios
