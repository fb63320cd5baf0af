-- Step 3 of a Gold build: the daily figures of every plant in commission, for the days to build that Silver covers.
--
-- Expected unit-hours come from the registry, not from rows that happen to be there: what never came is missing.
-- Sums are decimal: sums of doubles depend on the order in which Trino's threads meet the rows, and the same
-- data would then look changed to the next publication.
{% set silver = silver_schema | default('iceberg.silver') %}
{% set gold = gold_schema | default('iceberg.gold') %}
CREATE OR REPLACE TABLE {{ gold }}.stg_daily_plant_kpi_{{ run_suffix }} AS
WITH
-- Hours of the day, counted from its start: the first one in commission and the end of those in commission and due.
unit_days AS (
    SELECT
        unit.plant_id,
        rebuild.ds,
        rebuild.due_hours,
        unit.capacity_mw,
        unit._updated_at,
        greatest(
            0,
            coalesce(ceil((to_unixtime(unit.commissioned_from_utc) - to_unixtime(rebuild.day_start_utc)) / 3600), 0)
        ) AS first_hour,
        least(
            rebuild.due_hours,
            coalesce(ceil((to_unixtime(unit.retired_from_utc) - to_unixtime(rebuild.day_start_utc)) / 3600), 24)
        ) AS end_hour
    FROM {{ gold }}.stg_rebuild_days_{{ run_suffix }} AS rebuild
    INNER JOIN {{ silver }}.dim_unit AS unit ON rebuild.network_id = unit.network_id
    WHERE rebuild.is_covered
),

expected_days AS (
    SELECT
        plant_id,
        ds,
        due_hours,
        cast(sum(end_hour - first_hour) AS bigint) AS expected_unit_hours,
        -- A unit of unknown capacity makes the plant's unknown, not smaller.
        if(count(capacity_mw) = count(*), cast(sum(cast(capacity_mw AS decimal(18, 9))) AS double)) AS capacity_mw,
        max(_updated_at) AS units_updated_at
    FROM unit_days
    WHERE first_hour < end_hour
    GROUP BY plant_id, ds, due_hours
),

hour_days AS (
    SELECT
        staged.plant_id,
        staged.ds,
        cast(sum(cast(staged.energy_mwh AS decimal(18, 9))) AS double) AS energy_mwh,
        -- Energy of an hour whose capacity is unknown must not be divided by the capacity of the others.
        if(
            count_if(staged.energy_mwh IS NOT NULL AND staged.accepted_capacity_mw IS NULL) = 0,
            cast(sum(cast(staged.accepted_capacity_mw AS decimal(18, 9))) AS double)
        ) AS accepted_capacity_mwh,
        sum(least(staged.units_accepted, staged.units_expected)) AS accepted_unit_hours,
        count_if(contains(staged.quality_flags, 'partial_hour')) AS partial_hours,
        count_if(cardinality(array_remove(staged.quality_flags, 'partial_hour')) > 0) AS suspect_hours,
        count(staged.ghi_w_m2) AS hours_with_ghi,
        cast(sum(cast(staged.ghi_w_m2 AS decimal(18, 9))) AS double) / 1000 AS insolation_kwh_m2,
        max(staged._silver_updated_at) AS updated_at
    FROM {{ gold }}.stg_plant_weather_hourly_{{ run_suffix }} AS staged
    INNER JOIN {{ gold }}.stg_rebuild_days_{{ run_suffix }} AS rebuild
        ON staged.network_id = rebuild.network_id AND staged.ds = rebuild.ds
    -- A forecast reaches into hours that are not due yet.
    WHERE staged.ts_utc < rebuild.day_start_utc + rebuild.due_hours * INTERVAL '1' HOUR
    GROUP BY staged.plant_id, staged.ds
),

-- What Gold's hours do not carry.
fact_days AS (
    SELECT
        fact.plant_id,
        staged.ds,
        array_sort(
            array_agg(date_diff('millisecond', fact.ts_utc + INTERVAL '1' HOUR, fact.first_ingest_time) / 60000e0)
            FILTER (WHERE fact.first_run_type = 'scheduled')
        ) AS latencies_minutes,
        count_if(fact.units_rejected > 0) AS rejected_hours,
        count_if(fact.revision > 0) AS revised_hours
    FROM {{ silver }}.fact_generation_hourly AS fact
    INNER JOIN {{ gold }}.stg_plant_weather_hourly_{{ run_suffix }} AS staged
        ON fact.plant_id = staged.plant_id AND fact.ts_utc = staged.ts_utc
    GROUP BY fact.plant_id, staged.ds
),

figures AS (
    SELECT
        plant.plant_id,
        expected_days.ds,
        plant.plant_name,
        plant.network_id,
        hour_days.energy_mwh,
        hour_days.accepted_capacity_mwh,
        expected_days.capacity_mw,
        expected_days.expected_unit_hours,
        -- The registry may have shrunk since Silver counted.
        least(coalesce(hour_days.accepted_unit_hours, 0), expected_days.expected_unit_hours) AS accepted_unit_hours,
        fact_days.latencies_minutes,
        1 - coalesce(hour_days.hours_with_ghi, 0) / cast(expected_days.due_hours AS double) AS weather_missingness,
        hour_days.insolation_kwh_m2,
        coalesce(hour_days.partial_hours, 0) AS partial_hours,
        coalesce(hour_days.suspect_hours, 0) AS suspect_hours,
        coalesce(fact_days.rejected_hours, 0) AS rejected_hours,
        coalesce(fact_days.revised_hours, 0) AS revised_hours,
        expected_days.due_hours < 24 AS is_open_day,
        greatest(
            plant._updated_at,
            expected_days.units_updated_at,
            coalesce(hour_days.updated_at, plant._updated_at)
        ) AS _silver_updated_at
    FROM expected_days
    INNER JOIN {{ silver }}.dim_plant AS plant ON expected_days.plant_id = plant.plant_id
    LEFT JOIN hour_days ON expected_days.plant_id = hour_days.plant_id AND expected_days.ds = hour_days.ds
    LEFT JOIN fact_days ON expected_days.plant_id = fact_days.plant_id AND expected_days.ds = fact_days.ds
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
