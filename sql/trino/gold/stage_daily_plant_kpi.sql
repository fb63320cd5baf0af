-- Step 3 of a Gold build: the daily figures of every plant in commission, for the days to build that are covered.
--
-- What is expected comes from the registry, not from rows that happen to be there: what never came is missing.
--
-- Completeness weighs an hour by what the plant may have made in it: its share of the day's light, or the plant's own
-- high (90th percentile) share of its last days where that is more, as of a plant that is curtailed at noon. Nights
-- weigh nothing.
--
-- Sums are decimal: sums of doubles depend on the order in which Trino's threads meet the rows, and the same
-- data would then look changed to the next publication.
{% from 'gold/rules.jinja' import rule_version, history_days, enough with context %}
{% set not_shown = ['ds', 'publication_id', '_silver_updated_at'] %}
{% set shown_columns = gold_columns.plant_weather_hourly | reject('in', not_shown) | list %}
{% from 'gold/units.jinja' import unit_spans %}
{% set silver = silver_schema | default('iceberg.silver') %}
{% set staging = staging_schema | default('iceberg.staging') %}
{% macro exact(value) -%}
    cast({{ value }} AS decimal(24, 12))
{%- endmacro %}
{% macro total(value) -%}
    cast(sum({{ exact(value) }}) AS double)
{%- endmacro %}
{#- A day's ratio, corrected by what is missing of it: shown for closed days that are complete enough. -#}
{% macro gated(value, completeness) -%}
    if(NOT is_open_day AND {{ completeness }} >= {{ enough }}, {{ value }} / {{ completeness }})
{%- endmacro %}
CREATE OR REPLACE TABLE {{ staging }}.stg_daily_plant_kpi_{{ run_suffix }} AS
WITH
hours AS (
    SELECT
        staged.*,
        hour(staged.ts_local) AS hour_of_day,
        rebuild.due_hours,
        rebuild.day_start_utc,
        rebuild.is_covered,
        -- Units of unknown capacity weigh alike.
        coalesce(staged.capacity_in_commission_mw, cast(staged.units_in_commission AS double)) AS capacity_weight,
        -- On a day that has all, weights do not matter, and its history is not read.
        min(if(staged.is_due AND staged.units_in_commission > 0, staged.accepted_share))
            OVER (PARTITION BY staged.plant_id, staged.ds)
        < 1 AS has_history,
        -- All that the plant-day's rows of both tables are made of, but for when and by which run.
        checksum(
            row(
                staged.ts_utc,
                {% for name in shown_columns %}staged.{{ name }},
                {% endfor %}staged.is_due,
                staged.units_in_commission,
                staged.capacity_in_commission_mw,
                staged.accepted_share,
                staged.energy_raw_mwh,
                staged.units_rejected,
                staged.revisions,
                staged.complete_ingest_time,
                staged.complete_run_type
            )
        ) OVER (PARTITION BY staged.plant_id, staged.ds) AS hours_checksum
    FROM {{ staging }}.stg_plant_weather_hourly_{{ run_suffix }} AS staged
    INNER JOIN {{ staging }}.stg_rebuild_days_{{ run_suffix }} AS rebuild
        ON staged.network_id = rebuild.network_id AND staged.ds = rebuild.ds
),

past_hours AS (
    SELECT
        today.plant_id,
        today.ds,
        today.hour_of_day,
        today.light_share,
        fact._updated_at,
        days_back.days_ago,
        greatest(0e0, coalesce(fact.energy_mwh, 0e0)) AS energy_mwh,
        coalesce(
            fact.accepted_share, least(1e0, fact.accepted_capacity_mw / nullif(fact.capacity_mw, 0)), 0e0
        ) AS accepted_share
    FROM hours AS today
    CROSS JOIN unnest(sequence(1, {{ history_days }})) AS days_back (days_ago)
    INNER JOIN {{ silver }}.fact_generation_hourly AS fact
        ON
            today.plant_id = fact.plant_id
            AND fact.ts_utc = today.ts_utc - days_back.days_ago * INTERVAL '1' DAY
    WHERE today.has_history
),

past_shares AS (
    SELECT
        *,
        {{ exact('energy_mwh') }} / nullif(sum({{ exact('energy_mwh') }}) OVER past_day, 0) AS energy_share,
        sum({{ exact('light_share * accepted_share') }}) OVER past_day AS completeness
    FROM past_hours
    WINDOW past_day AS (PARTITION BY plant_id, ds, days_ago)
),

habits AS (
    SELECT
        plant_id,
        ds,
        hour_of_day,
        array_sort(array_agg(energy_share) FILTER (WHERE completeness >= {{ enough }})) AS energy_shares,
        count(*) AS past_rows,
        max(_updated_at) AS past_updated_at
    FROM past_shares
    GROUP BY plant_id, ds, hour_of_day
),

weighed AS (
    SELECT
        hours.*,
        greatest(
            hours.light_share,
            coalesce(
                cast(element_at(
                    habits.energy_shares, cast(ceil(0.9e0 * cardinality(habits.energy_shares)) AS integer)
                ) AS double),
                0e0
            )
        ) AS weight,
        coalesce(habits.past_rows, 0) AS past_rows,
        habits.past_updated_at
    FROM hours
    LEFT JOIN habits
        ON hours.plant_id = habits.plant_id AND hours.ds = habits.ds AND hours.hour_of_day = habits.hour_of_day
),

-- One missing hour between two that are known is guessed by their mean, for `cf_filled` alone.
neighbours AS (
    SELECT
        *,
        accepted_share < 1 AND units_in_commission > 0 AND weight > 0 AS is_missed,
        if(
            least(
                lag(accepted_share) OVER plant_day, lead(accepted_share) OVER plant_day
            ) = 1,
            (lag(energy_mwh) OVER plant_day + lead(energy_mwh) OVER plant_day) / 2
        ) AS neighbour_mean_mwh
    FROM weighed
    WINDOW plant_day AS (PARTITION BY plant_id, ds ORDER BY ts_utc)
),

plant_days AS (
    SELECT
        plant_id,
        ds,
        network_id,
        arbitrary(due_hours) AS due_hours,
        sum(units_in_commission) AS expected_unit_hours,
        {{ total('energy_mwh') }} AS energy_mwh,
        {{ total('energy_raw_mwh') }} AS energy_raw_mwh,
        if(
            count_if(units_in_commission > 0 AND capacity_in_commission_mw IS NULL) = 0,
            {{ total('capacity_in_commission_mw') }}
        ) AS capacity_mwh,
        {{ total('weight * capacity_weight') }} AS weight,
        {{ total('weight * capacity_weight * accepted_share') }} AS weight_accepted,
        count_if(is_missed) AS missed_hours,
        {{ total('if(is_missed, weight * capacity_weight * (1 - accepted_share))') }} AS weight_missed,
        max(if(is_missed, neighbour_mean_mwh - coalesce(energy_mwh, 0e0))) AS guessed_mwh,
        sum(least(units_accepted, units_in_commission)) AS accepted_unit_hours,
        {{ total('light_share') }} AS light,
        {{ total('if(ghi_w_m2 IS NOT NULL AND NOT weather_suspect, light_share)') }} AS light_known,
        count(ghi_w_m2) AS hours_with_ghi,
        {{ total('if(NOT weather_suspect, ghi_w_m2)') }} / 1000 AS insolation_kwh_m2,
        count_if(weather_is_provisional) AS weather_provisional_hours,
        count_if(weather_suspect) AS weather_suspect_hours,
        count_if(weather_is_former_location) AS weather_former_location_hours,
        count_if(contains(quality_flags, 'partial_hour')) AS partial_hours,
        count_if(cardinality(array_remove(quality_flags, 'partial_hour')) > 0) AS suspect_hours,
        count_if(units_rejected > 0) AS rejected_hours,
        count_if(revisions > 0) AS revised_hours,
        array_sort(
            array_agg(date_diff('millisecond', ts_utc + INTERVAL '1' HOUR, complete_ingest_time) / 60000e0)
            FILTER (WHERE complete_run_type = 'scheduled')
        ) AS latencies_minutes,
        count_if(units_in_commission > 0 AND coalesce(complete_run_type, '') <> 'scheduled') AS latency_unknown_hours,
        max(_silver_updated_at) AS updated_at,
        arbitrary(hours_checksum) AS hours_checksum,
        bool_or(has_history) AS has_history,
        sum(past_rows) AS past_rows,
        max(past_updated_at) AS past_updated_at
    FROM neighbours
    -- A forecast reaches into hours that are not due yet.
    WHERE is_covered AND is_due
    GROUP BY plant_id, ds, network_id
    HAVING sum(units_in_commission) > 0
),

-- The last capacity of each unit that is in commission at any due hour of the day.
unit_days AS (
    SELECT
        unit.plant_id,
        rebuild.ds,
        unit.unit_code,
        max_by(unit.capacity_mw, coalesce(unit.start_utc, rebuild.day_start_utc - INTERVAL '1' DAY)) AS capacity_mw
    FROM {{ staging }}.stg_rebuild_days_{{ run_suffix }} AS rebuild
    INNER JOIN {{ unit_spans(silver) }} AS unit ON rebuild.network_id = unit.network_id
    WHERE
        rebuild.is_covered
        AND coalesce(
            unit.start_utc <= rebuild.day_start_utc + (rebuild.due_hours - 1) * INTERVAL '1' HOUR, TRUE
        )
        AND coalesce(unit.end_utc > rebuild.day_start_utc, TRUE)
    GROUP BY unit.plant_id, rebuild.ds, unit.unit_code
),

capacities AS (
    SELECT
        plant_id,
        ds,
        if(count(capacity_mw) = count(*), {{ total('capacity_mw') }}) AS capacity_mw
    FROM unit_days
    GROUP BY plant_id, ds
),

-- A change of any unit makes Gold come back to all days of its plant.
registry AS (
    SELECT
        plant_id,
        max(_updated_at) AS updated_at
    FROM {{ silver }}.dim_unit
    GROUP BY plant_id
),

figures AS (
    SELECT
        plant_days.*,
        plant.plant_name,
        plant.coordinate_check,
        capacities.capacity_mw,
        plant_days.due_hours < 24 AS is_open_day,
        least(coalesce(plant_days.accepted_unit_hours, 0), plant_days.expected_unit_hours) AS accepted_units,
        plant_days.weight_accepted / nullif(plant_days.weight, 0) AS energy_completeness,
        (plant_days.weight_accepted + plant_days.weight_missed) / nullif(plant_days.weight, 0) AS filled_completeness,
        coalesce(plant_days.light_known, 0e0) / nullif(plant_days.light, 0) AS weather_completeness,
        cardinality(plant_days.latencies_minutes) AS latency_count,
        greatest(
            plant._updated_at,
            registry.updated_at,
            coalesce(plant_days.updated_at, plant._updated_at)
        ) AS silver_updated_at
    FROM plant_days
    INNER JOIN {{ silver }}.dim_plant AS plant ON plant_days.plant_id = plant.plant_id
    INNER JOIN capacities ON plant_days.plant_id = capacities.plant_id AND plant_days.ds = capacities.ds
    INNER JOIN registry ON plant_days.plant_id = registry.plant_id
),

ratios AS (
    SELECT
        *,
        {{ gated('energy_mwh / nullif(capacity_mwh, 0)', 'energy_completeness') }} AS cf,
        if(
            missed_hours = 1,
            {{ gated('(energy_mwh + guessed_mwh) / nullif(capacity_mwh, 0)', 'filled_completeness') }}
        ) AS cf_with_neighbours
    FROM figures
)

SELECT
    plant_id,
    ds,
    plant_name,
    network_id,
    energy_mwh,
    energy_raw_mwh,
    capacity_mw,
    cf,
    coalesce(cf, cf_with_neighbours) AS cf_filled,
    CASE
        WHEN cf IS NOT NULL THEN 'accepted'
        WHEN cf_with_neighbours IS NOT NULL THEN 'neighbour_mean'
    END AS cf_filled_method,
    if(is_open_day AND energy_completeness >= {{ enough }}, energy_mwh / nullif(capacity_mwh, 0)) AS cf_so_far,
    energy_completeness,
    cast(expected_unit_hours - accepted_units AS double) / expected_unit_hours AS missingness,
    expected_unit_hours,
    accepted_units AS accepted_unit_hours,
    (
        element_at(latencies_minutes, (latency_count + 1) / 2)
        + element_at(latencies_minutes, latency_count / 2 + 1)
    ) / 2 AS latency_minutes,
    element_at(latencies_minutes, -1) AS latency_max_minutes,
    latency_unknown_hours,
    1 - hours_with_ghi / cast(due_hours AS double) AS weather_missingness,
    weather_completeness,
    weather_provisional_hours,
    weather_suspect_hours,
    weather_former_location_hours,
    coordinate_check,
    {{ gated('insolation_kwh_m2', 'weather_completeness') }} AS insolation_kwh_m2,
    {{ gated('energy_mwh / nullif(capacity_mwh / 24, 0)', 'energy_completeness') }} AS specific_yield_mwh_per_mw,
    partial_hours,
    suspect_hours,
    rejected_hours,
    revised_hours,
    is_open_day,
    {{ rule_version }} AS rule_version,
    to_hex(
        xxhash64(
            hours_checksum
            || to_utf8(
                json_format(
                    cast(
                        row(
                            plant_name, capacity_mw, energy_completeness, cf_with_neighbours, {{ rule_version }}
                        ) AS json
                    )
                )
            )
        )
    ) AS publication_id,
    if(has_history, format('%s hours until %s', past_rows, past_updated_at)) AS _history,
    silver_updated_at AS _silver_updated_at,
    '{{ run_id }}' AS _run_id
FROM ratios
