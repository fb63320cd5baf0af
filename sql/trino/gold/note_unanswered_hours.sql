-- Hours that a source was asked for and never answered about: readers can tell a request that failed from silence.
--
-- Read are the requests of the last 40 days: what failed before stays as noted until an answer covers it. An answer
-- counts whatever it had in it, before the failure or after: then it is the source that has nothing.
--
-- Blind spots: an answer older than 40 days is not seen. Weather is asked for by places, which requests do not name:
-- one answer for some of them counts for all.
{% set bronze = bronze_schema | default('iceberg.bronze') %}
{% set silver = silver_schema | default('iceberg.silver') %}
{% set gold = gold_schema | default('iceberg.gold') %}
{#- Whether a request is about a plant: of its network, and by its code where codes were asked for. -#}
{% macro is_about(request, network_id, plant_id) -%}
    coalesce({{ request }}.network_id = {{ network_id }}, TRUE)
    AND (
        coalesce(cardinality({{ request }}.facility_codes), 0) = 0
        OR contains({{ request }}.facility_codes, {{ plant_id }})
    )
{%- endmacro %}
MERGE INTO {{ gold }}.unanswered_hours AS target
USING (
    WITH
    requests AS (
        SELECT
            source,
            network_id,
            facility_codes,
            -- A label of weather is the end of its hour.
            window_start_utc - if(source = 'om_weather', 1, 0) * INTERVAL '1' HOUR AS start_utc,
            window_end_utc - if(source = 'om_weather', 1, 0) * INTERVAL '1' HOUR AS end_utc,
            fetched_at,
            outcome,
            outcome IN ('ok', 'partial', 'empty') AS is_answer
        FROM {{ bronze }}.api_requests
        WHERE
            source IN ('oe_generation', 'oe_market', 'om_weather')
            AND window_start_utc < window_end_utc
            AND fetched_at > current_timestamp - INTERVAL '40' DAY
    ),

    -- Most failures are made good by the next try, which asks for the same.
    asked AS (
        SELECT
            source,
            network_id,
            facility_codes,
            start_utc,
            end_utc,
            bool_or(is_answer) AS is_answered,
            min(fetched_at) AS failed_since,
            max(fetched_at) AS last_failed_at,
            max_by(outcome, fetched_at) AS outcome
        FROM requests
        GROUP BY source, network_id, facility_codes, start_utc, end_utc
    ),

    failed_hours AS (
        SELECT
            failure.source,
            plant.plant_id,
            plant.network_id,
            failure.start_utc + hours.h * INTERVAL '1' HOUR AS ts_utc,
            min(failure.failed_since) AS failed_since,
            max_by(failure.outcome, failure.last_failed_at) AS outcome
        FROM asked AS failure
        INNER JOIN {{ silver }}.dim_plant AS plant ON {{ is_about('failure', 'plant.network_id', 'plant.plant_id') }}
        CROSS JOIN unnest(sequence(0, date_diff('hour', failure.start_utc, failure.end_utc) - 1)) AS hours (h)
        WHERE NOT failure.is_answered
        GROUP BY
            failure.source,
            plant.plant_id,
            plant.network_id,
            failure.start_utc + hours.h * INTERVAL '1' HOUR
    ),

    known AS (
        SELECT
            failed.*,
            FALSE AS is_noted
        FROM failed_hours AS failed
        UNION ALL
        SELECT
            noted.source,
            noted.plant_id,
            plant.network_id,
            noted.ts_utc,
            noted.failed_since,
            noted.outcome,
            TRUE AS is_noted
        FROM {{ gold }}.unanswered_hours AS noted
        LEFT JOIN {{ silver }}.dim_plant AS plant ON noted.plant_id = plant.plant_id
    ),

    hours AS (
        SELECT
            source,
            plant_id,
            network_id,
            ts_utc,
            min(failed_since) AS failed_since,
            max_by(outcome, if(is_noted, 0, 1)) AS outcome
        FROM known
        GROUP BY source, plant_id, network_id, ts_utc
    )

    SELECT
        hours.source,
        hours.plant_id,
        hours.ts_utc,
        hours.failed_since,
        hours.outcome,
        count(answer.source) > 0 AS is_answered
    FROM hours
    LEFT JOIN asked AS answer
        ON
            answer.is_answered
            AND hours.source = answer.source
            AND hours.ts_utc >= answer.start_utc
            AND hours.ts_utc < answer.end_utc
            AND {{ is_about('answer', 'hours.network_id', 'hours.plant_id') }}
    GROUP BY hours.source, hours.plant_id, hours.ts_utc, hours.failed_since, hours.outcome
) AS found
    ON
        target.source = found.source
        AND target.plant_id = found.plant_id
        AND target.ts_utc = found.ts_utc
WHEN MATCHED AND found.is_answered
THEN DELETE
WHEN MATCHED AND target.outcome <> found.outcome
THEN
    UPDATE
        SET
            outcome = found.outcome
WHEN NOT MATCHED AND NOT found.is_answered
THEN INSERT (
    source,
    plant_id,
    ts_utc,
    outcome,
    failed_since,
    _dag_id,
    _run_id
)
VALUES (
    found.source,
    found.plant_id,
    found.ts_utc,
    found.outcome,
    found.failed_since,
    '{{ dag_id }}',
    '{{ run_id }}'
)
