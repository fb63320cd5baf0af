-- Step 1 of a Gold build: which network-local days are built. Every later step reads this list.
--
-- A day is built when the window touches it, or when Gold is behind there, whichever run changed what lies below:
--   * an hour's Silver rows are not those that Gold was built from (newer, new, or gone);
--   * a plant in commission has no row on a day that is covered, or has one that it should not have;
--   * the registry of a plant changed after the row was built (capacity and commissioning apply to its whole past);
--   * the day was still open when it was built;
--   * something is missing on the day, and the days before, by which it was weighed, have changed;
--   * another version of the rules made its row;
--   * a plant-day of it is held back: its reason may be gone, in the data or in the checks.
-- So the result does not depend on the order of runs. Only the timestamps of the whole history are read for this.
--
-- A day is covered when Silver has generation of it or all of its weather, or when a fetch that ended asked for it,
-- whatever came. Its hours are due up to the newest hour that has come, and up to the newest window end that was asked
-- for less the time that the network's values may take: a network that has fallen silent is missing, not complete.
--
-- Of the days outside the window at most 31 are built, the newest first and those held back last; the next run takes
-- the next ones. A registry change that touches years is then worked off in pieces, and no MERGE comes near Trino's
-- limit of open partitions (100 daily partitions a writer unless iceberg.max-partitions-per-writer says more).
--
-- Trino plans a WITH query as often as it is named: those that read whole tables are named once.
{% from 'gold/rules.jinja' import rule_version, history_days, due_after_hours with context %}
{% set bronze = bronze_schema | default('iceberg.bronze') %}
{% set silver = silver_schema | default('iceberg.silver') %}
{% set gold = gold_schema | default('iceberg.gold') %}
{% set staging = staging_schema | default('iceberg.staging') %}
CREATE OR REPLACE TABLE {{ staging }}.stg_rebuild_days_{{ run_suffix }} AS
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
        min(utc_offset) AS utc_offset,
        CASE network_id
            {% for network, hours in due_after_hours.items() %}WHEN '{{ network }}' THEN INTERVAL '{{ hours }}' HOUR
            {% endfor %}
        END AS due_after
    FROM plants
    GROUP BY network_id
),

-- A fetch that ended without an answer that could be read has asked for nothing.
asked AS (
    SELECT
        request.network_id,
        networks.utc_offset,
        request.window_start_utc,
        request.window_end_utc
    FROM {{ bronze }}.api_requests AS request
    INNER JOIN networks ON request.network_id = networks.network_id
    WHERE request.source = 'oe_generation' AND request.outcome IN ('ok', 'partial', 'empty')
    GROUP BY request.network_id, networks.utc_offset, request.window_start_utc, request.window_end_utc
),

-- One row for each hour of each table, and one for each day of which a table knows no hours.
observed AS (
    SELECT
        plants.network_id,
        cast(cast(silver_hours.ts_utc AT TIME ZONE 'UTC' AS timestamp(6)) + plants.utc_offset AS date) AS ds,
        silver_hours.plant_id,
        silver_hours.ts_utc,
        silver_hours.is_generation,
        silver_hours._updated_at AS in_silver,
        cast(NULL AS timestamp(6) with time zone) AS in_gold,
        0 AS sides_in_gold,
        FALSE AS has_kpi,
        cast(NULL AS varchar) AS kpi_history,
        FALSE AS is_of_other_rules,
        cast(NULL AS timestamp(6) with time zone) AS asked_end_utc
    FROM (
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
    ) AS silver_hours
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
        if(units_expected IS NULL, 0, 1) + if(weather_is_provisional IS NULL, 0, 1) AS sides_in_gold,
        FALSE AS has_kpi,
        NULL AS kpi_history,
        FALSE AS is_of_other_rules,
        NULL AS asked_end_utc
    FROM {{ gold }}.plant_weather_hourly
    UNION ALL
    SELECT
        network_id,
        ds,
        plant_id,
        NULL AS ts_utc,
        FALSE AS is_generation,
        NULL AS in_silver,
        NULL AS in_gold,
        0 AS sides_in_gold,
        TRUE AS has_kpi,
        _history AS kpi_history,
        rule_version IS DISTINCT FROM {{ rule_version }} AS is_of_other_rules,
        NULL AS asked_end_utc
    FROM {{ gold }}.daily_plant_kpi
    UNION ALL
    SELECT
        asked.network_id,
        days.ds,
        NULL AS plant_id,
        NULL AS ts_utc,
        FALSE AS is_generation,
        NULL AS in_silver,
        NULL AS in_gold,
        0 AS sides_in_gold,
        FALSE AS has_kpi,
        NULL AS kpi_history,
        FALSE AS is_of_other_rules,
        max(asked.window_end_utc) AS asked_end_utc
    FROM asked
    CROSS JOIN
        unnest(
            sequence(
                cast(cast(asked.window_start_utc AT TIME ZONE 'UTC' AS timestamp(6)) + asked.utc_offset AS date),
                cast(
                    cast(asked.window_end_utc AT TIME ZONE 'UTC' AS timestamp(6))
                    + asked.utc_offset
                    - INTERVAL '1' SECOND AS date
                ),
                INTERVAL '1' DAY
            )
        ) AS days (ds)
    GROUP BY asked.network_id, days.ds
),

plant_hours AS (
    SELECT
        network_id,
        ds,
        plant_id,
        ts_utc,
        bool_or(is_generation) AS has_generation,
        max(in_silver) FILTER (WHERE is_generation) AS generation_updated_at,
        bool_or(NOT is_generation AND in_silver IS NOT NULL) AS has_weather,
        -- One Silver job stamps all it writes alike: a side that comes or goes need not change the newest time.
        max(in_silver) IS DISTINCT FROM max(in_gold) OR count(in_silver) <> max(sides_in_gold) AS has_changed,
        bool_or(has_kpi) AS has_kpi,
        max(kpi_history) AS kpi_history,
        bool_or(is_of_other_rules) AS is_of_other_rules,
        max(asked_end_utc) AS asked_end_utc
    FROM observed
    GROUP BY network_id, ds, plant_id, ts_utc
),

plant_days AS (
    SELECT
        network_id,
        ds,
        plant_id,
        count_if(has_generation) AS generation_hours,
        max(generation_updated_at) AS generation_updated_at,
        bool_or(has_generation) AS has_generation,
        array_agg(ts_utc) FILTER (WHERE has_weather) AS weather_hours,
        max(ts_utc) FILTER (WHERE has_generation) AS newest_ts_utc,
        coalesce(bool_or(has_changed) FILTER (WHERE ts_utc IS NOT NULL), FALSE) AS has_changed,
        count(ts_utc) > 0 AS has_hours,
        bool_or(has_kpi) AS has_kpi,
        max(kpi_history) AS kpi_history,
        bool_or(is_of_other_rules) AS is_of_other_rules,
        max(asked_end_utc) AS asked_end_utc
    FROM plant_hours
    GROUP BY network_id, ds, plant_id
),

-- What a plant-day that is not complete was weighed by, as step 3 writes it down.
weighed_days AS (
    SELECT
        *,
        format(
            '%s hours until %s',
            coalesce(sum(generation_hours) OVER days_before, 0),
            max(generation_updated_at) OVER days_before
        ) AS history
    FROM plant_days
    WINDOW days_before AS (
        PARTITION BY plant_id
        ORDER BY ds
        RANGE BETWEEN INTERVAL '{{ history_days }}' DAY PRECEDING AND INTERVAL '1' DAY PRECEDING
    )
),

days AS (
    SELECT
        network_id,
        ds,
        -- Weather comes by whole UTC dates and reaches into the days beside those asked for: only a whole day counts.
        bool_or(has_generation)
        OR coalesce(
            cardinality(array_distinct(flatten(array_agg(weather_hours) FILTER (WHERE weather_hours IS NOT NULL)))),
            0
        ) = 24
        OR max(asked_end_utc) IS NOT NULL AS is_known,
        -- Days that Gold knows only by their KPI rows: no hour of them is left anywhere.
        bool_or(has_changed)
        OR (bool_or(has_kpi) AND NOT bool_or(has_hours) AND max(asked_end_utc) IS NULL)
        OR bool_or(is_of_other_rules)
        OR bool_or(coalesce(kpi_history <> history, FALSE)) AS has_changed,
        max(newest_ts_utc) AS newest_ts_utc,
        max(asked_end_utc) AS asked_end_utc,
        count_if(has_kpi) AS kpi_rows
    FROM weighed_days
    GROUP BY network_id, ds
),

due_days AS (
    SELECT
        days.*,
        with_timezone(cast(days.ds AS timestamp(6)) - networks.utc_offset, 'UTC') AS day_start_utc,
        greatest(
            coalesce(
                max(days.newest_ts_utc) OVER of_network + INTERVAL '1' HOUR,
                max(days.asked_end_utc) OVER of_network - networks.due_after
            ),
            coalesce(
                max(days.asked_end_utc) OVER of_network - networks.due_after,
                max(days.newest_ts_utc) OVER of_network + INTERVAL '1' HOUR
            )
        ) AS due_end_utc
    FROM days
    LEFT JOIN networks ON days.network_id = networks.network_id
    WINDOW of_network AS (PARTITION BY days.network_id)
),

covered_days AS (
    SELECT
        *,
        -- Hours of the day that are due.
        coalesce(greatest(0, least(24, date_diff('hour', day_start_utc, due_end_utc))), 0) AS due_hours,
        is_known AND coalesce(day_start_utc < due_end_utc, FALSE) AS is_covered
    FROM due_days
),

-- Each day once, compared with the plants in commission and their KPI rows.
compared_days AS (
    SELECT
        network_day.network_id,
        network_day.ds,
        network_day.day_start_utc,
        network_day.due_hours,
        network_day.is_covered,
        network_day.has_changed,
        coalesce(
            bool_or(
                plants.plant_id IS NOT NULL
                AND (kpi.plant_id IS NULL OR kpi.is_open_day OR kpi._silver_updated_at < plants.registry_updated_at)
            ),
            FALSE
        )
        -- A row of a plant that is not in commission.
        OR network_day.kpi_rows <> count(DISTINCT kpi.plant_id) AS has_stale_kpi
    FROM covered_days AS network_day
    LEFT JOIN {{ silver }}.dim_unit AS unit
        ON
            network_day.is_covered
            AND network_day.network_id = unit.network_id
            AND (
                unit.commissioned_from_utc IS NULL
                OR network_day.day_start_utc + INTERVAL '1' DAY > unit.commissioned_from_utc
            )
            AND (unit.retired_from_utc IS NULL OR network_day.day_start_utc < unit.retired_from_utc)
    LEFT JOIN plants ON unit.plant_id = plants.plant_id
    LEFT JOIN {{ gold }}.daily_plant_kpi AS kpi ON plants.plant_id = kpi.plant_id AND network_day.ds = kpi.ds
    GROUP BY
        network_day.network_id,
        network_day.ds,
        network_day.day_start_utc,
        network_day.due_hours,
        network_day.is_covered,
        network_day.has_changed,
        network_day.kpi_rows
),

held_back_days AS (
    SELECT DISTINCT
        network_id,
        ds
    FROM {{ gold }}.held_back
),

days_to_build AS (
    SELECT
        network_day.network_id,
        network_day.ds,
        network_day.day_start_utc,
        network_day.is_covered,
        network_day.due_hours,
        coalesce(
            network_day.day_start_utc < from_iso8601_timestamp('{{ window_end }}')
            AND network_day.day_start_utc + INTERVAL '1' DAY > from_iso8601_timestamp('{{ window_start }}'),
            FALSE
        ) AS is_in_window,
        held_back_days.ds IS NOT NULL AS is_held_back,
        network_day.has_changed OR network_day.has_stale_kpi OR held_back_days.ds IS NOT NULL AS is_behind
    FROM compared_days AS network_day
    LEFT JOIN held_back_days
        ON network_day.network_id = held_back_days.network_id AND network_day.ds = held_back_days.ds
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
