-- Step 1 of a Gold build: which network-local days are built anew. Every later step reads this list.
--
-- A day is built when the window touches it, or when Gold is behind Silver there, whichever run changed Silver:
--   * an hour's Silver rows are not those that Gold was built from (newer, new, or gone);
--   * a plant in commission has no row on a day that Silver covers, or has one that it should not have;
--   * the registry of a plant changed after the row was built (capacity and commissioning apply to its whole past);
--   * the day was still open when it was built;
--   * a plant-day of it is held back: its reason may be gone, in the data or in the checks.
-- So the result does not depend on the order of runs. Only the timestamps of the whole history are read for this.
--
-- Of the days outside the window at most 31 are built, the newest first and those held back last; the next run takes
-- the next ones. A registry change that touches years is then worked off in pieces, and no MERGE comes near Trino's
-- limit of open partitions (100 daily partitions a writer unless iceberg.max-partitions-per-writer says more).
{% set silver = silver_schema | default('iceberg.silver') %}
{% set gold = gold_schema | default('iceberg.gold') %}
CREATE OR REPLACE TABLE {{ gold }}.stg_rebuild_days_{{ run_suffix }} AS
WITH
plants AS (
    SELECT
        plant.plant_id,
        plant.network_id,
        plant.utc_offset_hours * INTERVAL '1' HOUR AS utc_offset,
        greatest(plant._updated_at, coalesce(max(unit._updated_at), plant._updated_at)) AS registry_updated_at
    FROM {{ silver }}.dim_plant AS plant
    LEFT JOIN {{ silver }}.dim_unit AS unit ON plant.plant_id = unit.plant_id
    GROUP BY plant.plant_id, plant.network_id, plant.utc_offset_hours, plant._updated_at
),

networks AS (
    SELECT
        network_id,
        min(utc_offset) AS utc_offset
    FROM plants
    GROUP BY network_id
),

silver_hours AS (
    SELECT
        plant_id,
        ts_utc,
        _updated_at,
        TRUE AS is_generation
    FROM {{ silver }}.fact_generation_hourly
    UNION ALL
    SELECT
        plant_id,
        ts_utc,
        _updated_at,
        FALSE AS is_generation
    FROM {{ silver }}.fact_weather_hourly
),

observed_hours AS (
    SELECT
        plants.network_id,
        cast(cast(silver_hours.ts_utc AT TIME ZONE 'UTC' AS timestamp(6)) + plants.utc_offset AS date) AS ds,
        silver_hours.plant_id,
        silver_hours.ts_utc,
        silver_hours.is_generation,
        silver_hours._updated_at AS in_silver,
        cast(NULL AS timestamp(6) with time zone) AS in_gold,
        0 AS sides_in_gold
    FROM silver_hours
    INNER JOIN plants ON silver_hours.plant_id = plants.plant_id
    UNION ALL
    SELECT
        network_id,
        ds,
        plant_id,
        ts_utc,
        FALSE AS is_generation,
        NULL AS in_silver,
        _silver_updated_at AS in_gold,
        if(units_expected IS NULL, 0, 1) + if(weather_is_provisional IS NULL, 0, 1) AS sides_in_gold
    FROM {{ gold }}.plant_weather_hourly
),

plant_hours AS (
    SELECT
        network_id,
        ds,
        plant_id,
        ts_utc,
        bool_or(is_generation) AS has_generation,
        bool_or(NOT is_generation AND in_silver IS NOT NULL) AS has_weather,
        -- One Silver job stamps all it writes alike: a side that comes or goes need not change the newest time.
        max(in_silver) IS DISTINCT FROM max(in_gold) OR count(in_silver) <> max(sides_in_gold) AS has_changed
    FROM observed_hours
    GROUP BY network_id, ds, plant_id, ts_utc
),

observed_days AS (
    SELECT
        network_id,
        ds,
        -- Weather comes by whole UTC dates and reaches into the days beside those asked for: only a whole day counts.
        bool_or(has_generation) OR count(DISTINCT if(has_weather, ts_utc)) = 24 AS is_covered,
        bool_or(has_changed) AS has_changed,
        max(ts_utc) FILTER (WHERE has_generation) AS newest_ts_utc
    FROM plant_hours
    GROUP BY network_id, ds
),

-- Days that Gold knows only by their KPI rows: no hour of them is left anywhere.
known_days AS (
    SELECT
        network_id,
        ds
    FROM observed_days
    UNION DISTINCT
    SELECT
        network_id,
        ds
    FROM {{ gold }}.daily_plant_kpi
),

days AS (
    SELECT
        known_days.network_id,
        known_days.ds,
        coalesce(observed_days.is_covered, FALSE) AS has_silver_hours,
        coalesce(observed_days.has_changed, TRUE) AS has_changed,
        networks.utc_offset,
        with_timezone(cast(known_days.ds AS timestamp(6)) - networks.utc_offset, 'UTC') AS day_start_utc,
        max(observed_days.newest_ts_utc) OVER (PARTITION BY known_days.network_id) AS network_newest_ts_utc
    FROM known_days
    LEFT JOIN networks ON known_days.network_id = networks.network_id
    LEFT JOIN observed_days ON known_days.network_id = observed_days.network_id AND known_days.ds = observed_days.ds
),

covered_days AS (
    SELECT
        *,
        -- A day after the network's newest hour is not due yet, whatever its weather.
        has_silver_hours AND coalesce(day_start_utc <= network_newest_ts_utc, FALSE) AS is_covered
    FROM days
),

plants_in_commission AS (
    SELECT DISTINCT
        covered_days.network_id,
        covered_days.ds,
        plants.plant_id,
        plants.registry_updated_at
    FROM covered_days
    INNER JOIN plants ON covered_days.network_id = plants.network_id
    INNER JOIN {{ silver }}.dim_unit AS unit ON plants.plant_id = unit.plant_id
    WHERE
        covered_days.is_covered
        AND (
            unit.commissioned_from_utc IS NULL
            OR covered_days.day_start_utc + INTERVAL '1' DAY > unit.commissioned_from_utc
        )
        AND (unit.retired_from_utc IS NULL OR covered_days.day_start_utc < unit.retired_from_utc)
),

stale_kpi_days AS (
    SELECT DISTINCT
        coalesce(plants_in_commission.network_id, kpi.network_id) AS network_id,
        coalesce(plants_in_commission.ds, kpi.ds) AS ds
    FROM plants_in_commission
    FULL JOIN {{ gold }}.daily_plant_kpi AS kpi
        ON plants_in_commission.plant_id = kpi.plant_id AND plants_in_commission.ds = kpi.ds
    WHERE
        plants_in_commission.plant_id IS NULL
        OR kpi.plant_id IS NULL
        OR kpi.is_open_day
        OR kpi._silver_updated_at < plants_in_commission.registry_updated_at
),

held_back_days AS (
    SELECT DISTINCT
        network_id,
        ds
    FROM {{ gold }}.held_back
),

days_to_build AS (
    SELECT
        covered_days.network_id,
        covered_days.ds,
        covered_days.day_start_utc,
        covered_days.is_covered,
        -- Hours of the day not later than the newest hour that Silver holds for the network.
        greatest(
            0,
            least(24, 1 + date_diff('hour', covered_days.day_start_utc, covered_days.network_newest_ts_utc))
        ) AS due_hours,
        coalesce(
            covered_days.day_start_utc < from_iso8601_timestamp('{{ window_end }}')
            AND covered_days.day_start_utc + INTERVAL '1' DAY > from_iso8601_timestamp('{{ window_start }}'),
            FALSE
        ) AS is_in_window,
        held_back_days.ds IS NOT NULL AS is_held_back,
        covered_days.has_changed OR stale_kpi_days.ds IS NOT NULL OR held_back_days.ds IS NOT NULL AS is_behind
    FROM covered_days
    LEFT JOIN stale_kpi_days
        ON covered_days.network_id = stale_kpi_days.network_id AND covered_days.ds = stale_kpi_days.ds
    LEFT JOIN held_back_days
        ON covered_days.network_id = held_back_days.network_id AND covered_days.ds = held_back_days.ds
),

ranked_days AS (
    SELECT
        *,
        dense_rank() OVER (PARTITION BY is_in_window ORDER BY is_held_back ASC, ds DESC) AS nth_newest
    FROM days_to_build
    WHERE is_in_window OR is_behind
)

SELECT
    network_id,
    ds,
    day_start_utc,
    is_covered,
    due_hours
FROM ranked_days
WHERE is_in_window OR nth_newest <= 31
