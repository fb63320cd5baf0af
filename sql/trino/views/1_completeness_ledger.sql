-- Where data are missing and why, by plant, day and source. In every row
--
--     hours = not_asked + before_commissioning + retired + not_yet_due + expected
--     expected = received + refused + missing
--     missing = withdrawn + source_empty + unit_silent + network_wide_gap + no_coordinates
--
-- Generation counts unit-hours: expected and received are those of daily_plant_kpi. Weather counts the plant's hours, the
-- market those of its region. `provisional` and `incomplete` are parts of what was received.
--
-- That a request failed (source_error) or lay outside of what the plan sells (out_of_plan_range) is in
-- bronze.api_requests alone, which readers have no rights in: such hours are unit_silent, or network_wide_gap where nobody
-- has them. Of a plant of several units a null cannot be told from a unit that was not named: both are unit_silent.
{% set gold = gold_schema | default('iceberg.gold') %}
{% set read = read_schema | default('lakehouse.gold') %}
{% set read_silver = read_silver_schema | default('lakehouse.silver') %}
{% set counts = [
    'hours', 'expected', 'received', 'refused', 'missing', 'provisional', 'incomplete', 'withdrawn', 'source_empty',
    'unit_silent', 'network_wide_gap', 'no_coordinates', 'not_asked', 'before_commissioning', 'retired', 'not_yet_due'
] %}
CREATE OR REPLACE VIEW {{ gold }}.completeness_ledger SECURITY INVOKER AS
WITH
plants AS (
    SELECT
        plant_id,
        network_id,
        network_region,
        coordinate_check,
        utc_offset_hours * INTERVAL '1' HOUR AS utc_offset
    FROM {{ read_silver }}.dim_plant
),

-- Each day that Gold knows of a network, for all of its plants.
plant_days AS (
    SELECT
        plants.*,
        network_day.ds,
        with_timezone(cast(network_day.ds AS timestamp(6)) - plants.utc_offset, 'UTC') AS day_start_utc
    FROM (
        SELECT DISTINCT
            network_id,
            ds
        FROM {{ read }}.daily_plant_kpi
    ) AS network_day
    INNER JOIN plants ON network_day.network_id = plants.network_id
),

plant_hours AS (
    SELECT
        plant_days.*,
        plant_days.day_start_utc + hours.h * INTERVAL '1' HOUR AS ts_utc
    FROM plant_days
    CROSS JOIN unnest(sequence(0, 23)) AS hours (h)
),

unit_spans AS (
    SELECT
        unit.plant_id,
        unit.network_id,
        unit.unit_code,
        -- Units without a history, in a lake of a former version, count as dim_unit says.
        coalesce(history.valid_from_utc, if(history.unit_code IS NULL, unit.commissioned_from_utc)) AS start_utc,
        coalesce(history.valid_to_utc, if(history.unit_code IS NULL, unit.retired_from_utc)) AS end_utc,
        coalesce(history.is_asked, TRUE) AS is_asked
    FROM {{ read_silver }}.dim_unit AS unit
    LEFT JOIN {{ read_silver }}.unit_history AS history
        ON
            unit.network_id = history.network_id
            AND unit.unit_code = history.unit_code
            AND coalesce(history.valid_from_utc < history.valid_to_utc, TRUE)
),

-- Trino plans a WITH query as often as it is named: the hours are named once, so units are counted on the way.
unit_hours AS (
    SELECT
        plant_hours.plant_id,
        plant_hours.network_id,
        plant_hours.network_region,
        plant_hours.coordinate_check,
        plant_hours.ds,
        plant_hours.day_start_utc,
        plant_hours.ts_utc,
        count_if(unit_spans.is_asked) AS units,
        count_if(NOT unit_spans.is_asked) AS not_asked
    FROM plant_hours
    LEFT JOIN unit_spans
        ON
            plant_hours.plant_id = unit_spans.plant_id
            AND coalesce(plant_hours.ts_utc >= unit_spans.start_utc, TRUE)
            AND coalesce(plant_hours.ts_utc < unit_spans.end_utc, TRUE)
    GROUP BY 1, 2, 3, 4, 5, 6, 7
),

services AS (
    SELECT
        plant_id,
        count(*) AS units,
        array_agg(commissioned_from_utc) AS commissioned_from_utc
    FROM {{ read_silver }}.dim_unit
    GROUP BY plant_id
),

refusals AS (
    SELECT
        plant_id,
        ts_utc,
        count(DISTINCT unit_code) FILTER (WHERE reason = 'withdrawn') AS withdrawn,
        count(DISTINCT unit_code) FILTER (WHERE reason <> 'withdrawn') AS refused
    FROM {{ read_silver }}.rejected_rows
    WHERE metric = 'energy'
    GROUP BY plant_id, ts_utc
),

first_markets AS (
    SELECT
        network_id,
        min(ts_utc) AS first_ts_utc
    FROM {{ read_silver }}.fact_market_hourly
    GROUP BY network_id
),

observed AS (
    SELECT
        hours.plant_id,
        hours.network_id,
        hours.ds,
        hours.ts_utc,
        hours.coordinate_check,
        hours.units,
        hours.not_asked,
        services.units - hours.units - hours.not_asked AS out_of_service,
        cardinality(filter(services.commissioned_from_utc, at -> at > hours.ts_utc)) AS not_yet_commissioned,
        -- Hours are due until the unit-hours of the day's figures are used up.
        if(
            kpi.plant_id IS NOT NULL,
            NOT kpi.is_open_day
            OR sum(hours.units) OVER (
                PARTITION BY hours.plant_id, hours.ds ORDER BY hours.ts_utc
            ) <= kpi.expected_unit_hours
        ) AS is_due_by_kpi,
        least(coalesce(generation.units_accepted, 0), hours.units) AS accepted,
        generation.plant_id IS NOT NULL AS is_named,
        coalesce(contains(generation.quality_flags, 'incomplete_hour'), FALSE) AS is_incomplete,
        coalesce(
            greatest(generation.last_ingest_time, coalesce(freshness.asked_until_utc, generation.last_ingest_time))
            < hours.day_start_utc + INTERVAL '2' DAY + INTERVAL '270' MINUTE,
            FALSE
        ) AS is_provisional,
        coalesce(refusals.withdrawn, 0) AS withdrawn,
        coalesce(refusals.refused, 0) AS refused,
        weather.plant_id IS NOT NULL AS has_weather,
        weather.ghi_w_m2 IS NOT NULL AS has_ghi,
        coalesce(weather.weather_suspect, FALSE) AS is_suspect,
        coalesce(weather.is_provisional, FALSE) AS is_forecast,
        market.network_id IS NOT NULL AS has_market,
        market.price_aud_mwh IS NOT NULL AS has_price,
        coalesce(hours.ts_utc >= first_markets.first_ts_utc, FALSE) AS is_market_asked
    FROM unit_hours AS hours
    INNER JOIN services ON hours.plant_id = services.plant_id
    LEFT JOIN {{ read }}.daily_plant_kpi AS kpi ON hours.plant_id = kpi.plant_id AND hours.ds = kpi.ds
    LEFT JOIN {{ read_silver }}.fact_generation_hourly AS generation
        ON hours.plant_id = generation.plant_id AND hours.ts_utc = generation.ts_utc
    LEFT JOIN refusals ON hours.plant_id = refusals.plant_id AND hours.ts_utc = refusals.ts_utc
    LEFT JOIN {{ read_silver }}.fact_weather_hourly AS weather
        ON hours.plant_id = weather.plant_id AND hours.ts_utc = weather.ts_utc
    LEFT JOIN {{ read_silver }}.fact_market_hourly AS market
        ON
            hours.network_id = market.network_id
            AND hours.network_region = market.network_region
            AND hours.ts_utc = market.ts_utc
    LEFT JOIN first_markets ON hours.network_id = first_markets.network_id
    LEFT JOIN {{ read }}.freshness AS freshness
        ON hours.network_id = freshness.network_id AND freshness.source = 'oe_generation'
),

due AS (
    SELECT
        *,
        -- A plant-day without figures, such as one that is held back, is due as its network is.
        coalesce(is_due_by_kpi, bool_or(is_due_by_kpi) OVER of_network, FALSE) AS is_due,
        sum(units) OVER (PARTITION BY plant_id, ds) > 0 AS is_of_the_day,
        bool_or(accepted > 0) OVER of_network AS is_network_there,
        bool_or(has_ghi) OVER of_network AS is_weather_there,
        bool_or(has_price) OVER of_network AS is_market_there
    FROM observed
    -- The day is named for those who ask for some days: Trino reads no others then.
    WINDOW of_network AS (PARTITION BY network_id, ds, ts_utc)
),

generation AS (
    SELECT
        *,
        least(refused, units - accepted) AS refused_units,
        least(withdrawn, units - accepted - least(refused, units - accepted)) AS withdrawn_units,
        least(not_yet_commissioned, out_of_service) AS before_units,
        units - accepted - least(refused + withdrawn, units - accepted) AS silent_units
    FROM due
),

day_sums AS (
    SELECT
        plant_id,
        ds,
        -- Generation, in unit-hours.
        sum(units + not_asked + out_of_service) AS g_hours,
        sum(if(is_due, units, 0)) AS g_expected,
        sum(if(is_due, accepted, 0)) AS g_received,
        sum(if(is_due, refused_units, 0)) AS g_refused,
        sum(if(is_due, withdrawn_units + silent_units, 0)) AS g_missing,
        sum(if(is_due AND is_provisional, accepted, 0)) AS g_provisional,
        sum(if(is_due AND is_incomplete, accepted, 0)) AS g_incomplete,
        sum(if(is_due, withdrawn_units, 0)) AS g_withdrawn,
        sum(if(is_due AND is_named AND accepted = 0, silent_units, 0)) AS g_source_empty,
        sum(
            if(is_due AND is_network_there AND NOT (is_named AND accepted = 0), silent_units, 0)
        ) AS g_unit_silent,
        sum(
            if(is_due AND NOT is_network_there AND NOT (is_named AND accepted = 0), silent_units, 0)
        ) AS g_network_wide_gap,
        0 AS g_no_coordinates,
        sum(not_asked) AS g_not_asked,
        sum(before_units) AS g_before_commissioning,
        sum(out_of_service - before_units) AS g_retired,
        sum(if(is_due, 0, units)) AS g_not_yet_due,
        -- Weather and market, in hours of a plant that has any unit in service on the day.
        {% for source, is_there, has_row, has_value, is_good, any_there, is_asked in [
            ('w', 'has_weather', 'has_weather', 'has_ghi', 'NOT is_suspect', 'is_weather_there', 'TRUE'),
            ('m', 'has_market', 'has_market', 'has_price', 'TRUE', 'is_market_there', 'is_market_asked')
        ] %}
        {% set expected = 'is_due AND is_of_the_day AND ' ~ is_asked %}
        {% set is_placed = "coordinate_check = 'ok'" if source == 'w' else 'TRUE' %}
        count(*) AS {{ source }}_hours,
        count_if({{ expected }}) AS {{ source }}_expected,
        count_if({{ expected }} AND {{ has_value }} AND {{ is_good }}) AS {{ source }}_received,
        count_if({{ expected }} AND {{ has_value }} AND NOT ({{ is_good }})) AS {{ source }}_refused,
        count_if({{ expected }} AND NOT {{ has_value }}) AS {{ source }}_missing,
        {% if source == 'w' %}
        count_if({{ expected }} AND {{ has_value }} AND {{ is_good }} AND is_forecast) AS {{ source }}_provisional,
        {% else %}
        0 AS {{ source }}_provisional,
        {% endif %}
        0 AS {{ source }}_incomplete,
        0 AS {{ source }}_withdrawn,
        count_if({{ expected }} AND NOT {{ has_value }} AND {{ is_placed }} AND {{ has_row }}) AS {{ source }}_source_empty,
        count_if(
            {{ expected }} AND NOT {{ has_value }} AND {{ is_placed }} AND NOT {{ has_row }} AND {{ any_there }}
        ) AS {{ source }}_unit_silent,
        count_if(
            {{ expected }} AND NOT {{ has_value }} AND {{ is_placed }} AND NOT {{ has_row }} AND NOT {{ any_there }}
        ) AS {{ source }}_network_wide_gap,
        count_if({{ expected }} AND NOT {{ has_value }} AND NOT ({{ is_placed }})) AS {{ source }}_no_coordinates,
        count_if(
            is_of_the_day AND is_due AND NOT {{ is_asked }}
            OR NOT is_of_the_day AND not_asked > 0
        ) AS {{ source }}_not_asked,
        count_if(NOT is_of_the_day AND not_asked = 0 AND before_units > 0) AS {{ source }}_before_commissioning,
        count_if(NOT is_of_the_day AND not_asked = 0 AND before_units = 0) AS {{ source }}_retired,
        count_if(is_of_the_day AND NOT is_due) AS {{ source }}_not_yet_due{{ ',' if source == 'w' }}
        {% endfor %}
    FROM generation
    GROUP BY plant_id, ds
)

SELECT
    day_sums.plant_id,
    day_sums.ds,
    ledger.*
FROM day_sums
CROSS JOIN
    unnest(
        ARRAY[
            {% for letter, source in [('g', 'generation'), ('w', 'weather'), ('m', 'market')] %}
            cast(
                row('{{ source }}', {% for name in counts %}{{ letter }}_{{ name }}{{ ', ' if not loop.last }}{% endfor %})
                AS row(source varchar, {% for name in counts %}{{ name }}_hours bigint{{ ', ' if not loop.last }}{% endfor %})
            ){{ ',' if not loop.last }}
            {% endfor %}
        ]
    ) AS ledger (
        source, {% for name in counts %}{{ 'hours' if name == 'hours' else name ~ '_hours' }}{{ ', ' if not loop.last }}{% endfor %}

    )
