-- Where data are missing and why, by plant, day and source. In every row
--
--     hours = not_asked + before_commissioning + retired + not_yet_due + expected
--     expected = received + refused + missing
--     missing = withdrawn + source_empty + source_error + unit_silent + network_wide_gap + no_coordinates
--
-- Generation counts unit-hours: expected and received are those of daily_plant_kpi. Weather counts the plant's hours, the
-- market those of its region. `provisional` and `incomplete` are parts of what was received. From `expected` on the same
-- stands in MW·h of capacity: what a unit that is missing could have made at most.
--
-- Each source is a branch of its own, so that who asks for one of them pays for no other.
--
-- What the plan does not sell (out_of_plan_range) is not asked for, and is not_asked. Of a plant of several units a null
-- cannot be told from a unit that was not named: both are unit_silent.
{% set gold = gold_schema | default('iceberg.gold') %}
{% set read = read_schema | default('lakehouse.gold') %}
{% set read_silver = read_silver_schema | default('lakehouse.silver') %}
{% set reasons = ['withdrawn', 'source_empty', 'source_error', 'unit_silent', 'network_wide_gap', 'no_coordinates'] %}
{% set weighed = ['expected', 'received', 'refused', 'missing', 'provisional'] + reasons %}
{% set not_expected = ['not_asked', 'before_commissioning', 'retired', 'not_yet_due'] %}
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
        if(history.unit_code IS NULL, unit.capacity_mw, history.capacity_mw) AS capacity_mw,
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
        count_if(NOT unit_spans.is_asked) AS not_asked,
        if(
            count_if(unit_spans.is_asked AND unit_spans.capacity_mw IS NULL) = 0,
            coalesce(sum(unit_spans.capacity_mw) FILTER (WHERE unit_spans.is_asked), 0e0)
        ) AS units_capacity_mw
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

judged AS (
    SELECT
        hours.*,
        services.units - hours.units - hours.not_asked AS out_of_service,
        least(
            cardinality(filter(services.commissioned_from_utc, at -> at > hours.ts_utc)),
            services.units - hours.units - hours.not_asked
        ) AS before_units,
        -- Hours are due until the unit-hours of the day's figures are used up.
        if(
            kpi.plant_id IS NOT NULL,
            NOT kpi.is_open_day
            OR sum(hours.units) OVER (
                PARTITION BY hours.plant_id, hours.ds ORDER BY hours.ts_utc
            ) <= kpi.expected_unit_hours
        ) AS is_due_by_kpi
    FROM unit_hours AS hours
    INNER JOIN services ON hours.plant_id = services.plant_id
    LEFT JOIN {{ read }}.daily_plant_kpi AS kpi ON hours.plant_id = kpi.plant_id AND hours.ds = kpi.ds
),

due AS (
    SELECT
        *,
        -- A plant-day without figures, such as one that is held back, is due as its network is. The day is named for those
        -- who ask for some days: Trino reads no others then.
        coalesce(
            is_due_by_kpi, bool_or(is_due_by_kpi) OVER (PARTITION BY network_id, ds, ts_utc), FALSE
        ) AS is_due,
        sum(units) OVER plant_day > 0 AS is_of_the_day,
        -- Unknown all day where it is in any hour, so that a sum of the day is never one of a part.
        if(count_if(units_capacity_mw IS NULL) OVER plant_day = 0, units_capacity_mw) AS capacity_mw
    FROM judged
    WINDOW plant_day AS (PARTITION BY plant_id, ds)
),

-- Generation, in unit-hours.
refused_units AS (
    SELECT
        rejected.plant_id,
        rejected.ts_utc,
        rejected.unit_code,
        bool_and(rejected.reason = 'withdrawn') AS is_withdrawn,
        max(unit_spans.capacity_mw) AS capacity_mw
    FROM {{ read_silver }}.rejected_rows AS rejected
    LEFT JOIN unit_spans
        ON
            rejected.plant_id = unit_spans.plant_id
            AND rejected.unit_code = unit_spans.unit_code
            AND coalesce(rejected.ts_utc >= unit_spans.start_utc, TRUE)
            AND coalesce(rejected.ts_utc < unit_spans.end_utc, TRUE)
    WHERE rejected.metric = 'energy'
    GROUP BY rejected.plant_id, rejected.ts_utc, rejected.unit_code
),

refusals AS (
    SELECT
        plant_id,
        ts_utc,
        count_if(is_withdrawn) AS withdrawn,
        count_if(NOT is_withdrawn) AS refused,
        sum(capacity_mw) FILTER (WHERE NOT is_withdrawn) AS refused_mw
    FROM refused_units
    GROUP BY plant_id, ts_utc
),

observed_units AS (
    SELECT
        hours.*,
        least(coalesce(generation.units_accepted, 0), hours.units) AS accepted,
        generation.accepted_capacity_mw,
        coalesce(generation.units_accepted, 0) = 0 AND generation.plant_id IS NOT NULL AS is_empty,
        coalesce(contains(generation.quality_flags, 'incomplete_hour'), FALSE) AS is_incomplete,
        coalesce(
            greatest(generation.last_ingest_time, coalesce(freshness.asked_until_utc, generation.last_ingest_time))
            < hours.day_start_utc + INTERVAL '2' DAY + INTERVAL '270' MINUTE,
            FALSE
        ) AS is_provisional,
        coalesce(refusals.withdrawn, 0) AS withdrawn,
        coalesce(refusals.refused, 0) AS refused,
        coalesce(refusals.refused_mw, 0e0) AS said_refused_mw,
        unanswered.plant_id IS NOT NULL AS is_unanswered
    FROM due AS hours
    LEFT JOIN {{ read_silver }}.fact_generation_hourly AS generation
        ON hours.plant_id = generation.plant_id AND hours.ts_utc = generation.ts_utc
    LEFT JOIN refusals ON hours.plant_id = refusals.plant_id AND hours.ts_utc = refusals.ts_utc
    LEFT JOIN {{ read }}.unanswered_hours AS unanswered
        ON
            hours.plant_id = unanswered.plant_id
            AND hours.ts_utc = unanswered.ts_utc
            AND unanswered.source = 'oe_generation'
    LEFT JOIN {{ read }}.freshness AS freshness
        ON hours.network_id = freshness.network_id AND freshness.source = 'oe_generation'
),

counted_units AS (
    SELECT
        *,
        least(refused, units - accepted) AS refused_units,
        least(withdrawn, units - accepted - least(refused, units - accepted)) AS withdrawn_units,
        units - accepted - least(refused + withdrawn, units - accepted) AS silent_units,
        -- What came of all units is their capacity to the last digit, whatever order it was summed in.
        CASE
            WHEN accepted = units THEN capacity_mw
            WHEN accepted = 0 THEN 0 * capacity_mw
            ELSE coalesce(least(accepted_capacity_mw, capacity_mw), capacity_mw * accepted / units)
        END AS received_mw,
        CASE
            WHEN is_empty THEN 'source_empty'
            WHEN is_unanswered THEN 'source_error'
            WHEN bool_or(accepted > 0) OVER (PARTITION BY network_id, ds, ts_utc) THEN 'unit_silent'
            ELSE 'network_wide_gap'
        END AS silence
    FROM observed_units
),

-- Capacity that did not come is that of the refused units, then the others', in equal parts where they differ in their reason.
weighed_units AS (
    SELECT
        *,
        CASE
            WHEN refused_units = 0 THEN 0 * capacity_mw
            WHEN refused_units = units - accepted THEN capacity_mw - received_mw
            ELSE least(said_refused_mw, capacity_mw - received_mw)
        END AS refused_mw
    FROM counted_units
),

unit_parts AS (
    SELECT
        *,
        CASE
            WHEN withdrawn_units = 0 THEN 0 * capacity_mw
            ELSE (capacity_mw - received_mw - refused_mw) * withdrawn_units / (withdrawn_units + silent_units)
        END AS withdrawn_mw,
        CASE
            WHEN silent_units = 0 THEN 0 * capacity_mw
            ELSE (capacity_mw - received_mw - refused_mw) * silent_units / (withdrawn_units + silent_units)
        END AS silent_mw
    FROM weighed_units
),

{% set parts = {
    'expected': ('is_due', 'units', 'capacity_mw'),
    'received': ('is_due', 'accepted', 'received_mw'),
    'refused': ('is_due', 'refused_units', 'refused_mw'),
    'missing': ('is_due', 'withdrawn_units + silent_units', 'withdrawn_mw + silent_mw'),
    'provisional': ('is_due AND is_provisional', 'accepted', 'received_mw'),
    'withdrawn': ('is_due', 'withdrawn_units', 'withdrawn_mw'),
} %}
generation_days AS (
    SELECT
        plant_id,
        ds,
        sum(units + not_asked + out_of_service) AS hours,
        {%- for name in weighed if name != 'no_coordinates' %}
        {%- set when, count, mw = parts.get(name, ("is_due AND silence = '" ~ name ~ "'", 'silent_units', 'silent_mw')) %}
        sum(if({{ when }}, {{ count }}, 0)) AS {{ name }}_hours,
        sum(if({{ when }}, {{ mw }}, 0 * capacity_mw)) AS {{ name }}_mw_h,
        {%- endfor %}
        cast(0 AS bigint) AS no_coordinates_hours,
        sum(0 * capacity_mw) AS no_coordinates_mw_h,
        sum(if(is_due AND is_incomplete, accepted, 0)) AS incomplete_hours,
        sum(not_asked) AS not_asked_hours,
        sum(before_units) AS before_commissioning_hours,
        sum(out_of_service - before_units) AS retired_hours,
        sum(if(is_due, 0, units)) AS not_yet_due_hours
    FROM unit_parts
    GROUP BY plant_id, ds
),

-- Weather and market, in hours of a plant that has any unit in service on the day.
observed_weather AS (
    SELECT
        hours.*,
        TRUE AS is_asked,
        hours.coordinate_check = 'ok' AS is_placed,
        weather.plant_id IS NOT NULL AS has_row,
        weather.ghi_w_m2 IS NOT NULL AS has_value,
        coalesce(weather.weather_suspect, FALSE) AS is_suspect,
        coalesce(weather.is_provisional, FALSE) AS is_provisional,
        unanswered.plant_id IS NOT NULL AS is_unanswered
    FROM due AS hours
    LEFT JOIN {{ read_silver }}.fact_weather_hourly AS weather
        ON hours.plant_id = weather.plant_id AND hours.ts_utc = weather.ts_utc
    LEFT JOIN {{ read }}.unanswered_hours AS unanswered
        ON
            hours.plant_id = unanswered.plant_id
            AND hours.ts_utc = unanswered.ts_utc
            AND unanswered.source = 'om_weather'
),

first_markets AS (
    SELECT
        network_id,
        min(ts_utc) AS first_ts_utc
    FROM {{ read_silver }}.fact_market_hourly
    GROUP BY network_id
),

observed_market AS (
    SELECT
        hours.*,
        coalesce(hours.ts_utc >= first_markets.first_ts_utc, FALSE) AS is_asked,
        TRUE AS is_placed,
        market.network_id IS NOT NULL AS has_row,
        market.price_aud_mwh IS NOT NULL AS has_value,
        FALSE AS is_suspect,
        FALSE AS is_provisional,
        unanswered.plant_id IS NOT NULL AS is_unanswered
    FROM due AS hours
    LEFT JOIN {{ read_silver }}.fact_market_hourly AS market
        ON
            hours.network_id = market.network_id
            AND hours.network_region = market.network_region
            AND hours.ts_utc = market.ts_utc
    LEFT JOIN first_markets ON hours.network_id = first_markets.network_id
    LEFT JOIN {{ read }}.unanswered_hours AS unanswered
        ON
            hours.plant_id = unanswered.plant_id
            AND hours.ts_utc = unanswered.ts_utc
            AND unanswered.source = 'oe_market'
),

{% for source in ['weather', 'market'] %}
{{ source }}_hours AS (
    SELECT
        *,
        CASE
            WHEN NOT is_of_the_day AND not_asked > 0 THEN 'not_asked'
            WHEN NOT is_of_the_day AND before_units > 0 THEN 'before_commissioning'
            WHEN NOT is_of_the_day THEN 'retired'
            WHEN NOT is_due THEN 'not_yet_due'
            WHEN NOT is_asked THEN 'not_asked'
            WHEN has_value AND is_suspect THEN 'refused'
            WHEN has_value THEN 'received'
            WHEN NOT is_placed THEN 'no_coordinates'
            WHEN has_row THEN 'source_empty'
            WHEN is_unanswered THEN 'source_error'
            WHEN bool_or(has_value) OVER (PARTITION BY network_id, ds, ts_utc) THEN 'unit_silent'
            ELSE 'network_wide_gap'
        END AS state
    FROM observed_{{ source }}
),

{% set states = {
    'expected': "state NOT IN ('" ~ not_expected | join("', '") ~ "')",
    'missing': "state IN ('" ~ reasons | join("', '") ~ "')",
    'provisional': "state = 'received' AND is_provisional",
} %}
{{ source }}_days AS (
    SELECT
        plant_id,
        ds,
        count(*) AS hours,
        {%- for name in weighed %}
        {%- set when = states.get(name, "state = '" ~ name ~ "'") %}
        count_if({{ when }}) AS {{ name }}_hours,
        sum(if({{ when }}, capacity_mw, 0 * capacity_mw)) AS {{ name }}_mw_h,
        {%- endfor %}
        cast(0 AS bigint) AS incomplete_hours
        {%- for name in not_expected %},
        count_if(state = '{{ name }}') AS {{ name }}_hours
        {%- endfor %}

    FROM {{ source }}_hours
    GROUP BY plant_id, ds
){{ ',' if source == 'weather' }}

{% endfor %}
{% for source in ['generation', 'weather', 'market'] %}
SELECT
    plant_id,
    ds,
    cast('{{ source }}' AS varchar) AS source,
    hours,
    {%- for name in ['expected', 'received', 'refused', 'missing', 'provisional', 'incomplete'] + reasons + not_expected %}
    {{ name }}_hours,
    {%- endfor %}
    {%- for name in weighed %}
    {{ name }}_mw_h{{ ',' if not loop.last }}
    {%- endfor %}

FROM {{ source }}_days
{{ 'UNION ALL' if not loop.last }}
{% endfor %}
