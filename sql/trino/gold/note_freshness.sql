-- How new each network's newest generation is against what was asked for, and which run was first to find it too old.
--
-- Read back 40 days: what is older stays as it was noted.
{% from 'gold/rules.jinja' import due_after_hours, silent_after_hours with context %}
{% set bronze = bronze_schema | default('iceberg.bronze') %}
{% set silver = silver_schema | default('iceberg.silver') %}
{% set gold = gold_schema | default('iceberg.gold') %}
MERGE INTO {{ gold }}.freshness AS target
USING (
    WITH
    asked AS (
        SELECT
            network_id,
            max(window_end_utc) AS until_utc,
            min(window_start_utc) AS from_utc
        FROM {{ bronze }}.api_requests
        WHERE
            source = 'oe_generation'
            AND outcome IN ('ok', 'partial', 'empty')
            AND fetched_at > current_timestamp - INTERVAL '40' DAY
        GROUP BY network_id
    ),

    said AS (
        SELECT
            plant.network_id,
            max(fact.ts_utc) AS newest_hour_utc
        FROM {{ silver }}.fact_generation_hourly AS fact
        INNER JOIN {{ silver }}.dim_plant AS plant ON fact.plant_id = plant.plant_id
        INNER JOIN asked ON plant.network_id = asked.network_id
        WHERE
            fact.ts_utc >= asked.until_utc - INTERVAL '40' DAY
            AND coalesce(fact.energy_raw_mwh, fact.energy_mwh) IS NOT NULL
        GROUP BY plant.network_id
    ),

    ages AS (
        SELECT
            asked.network_id,
            asked.until_utc,
            coalesce(greatest(said.newest_hour_utc, noted.newest_hour_utc), said.newest_hour_utc, noted.newest_hour_utc)
                AS newest_hour_utc,
            coalesce(
                greatest(said.newest_hour_utc, noted.newest_hour_utc), said.newest_hour_utc, noted.newest_hour_utc,
                asked.from_utc - INTERVAL '1' HOUR
            ) + INTERVAL '1' HOUR AS silent_from_utc
        FROM asked
        LEFT JOIN said ON asked.network_id = said.network_id
        LEFT JOIN {{ gold }}.freshness AS noted
            ON asked.network_id = noted.network_id AND noted.source = 'oe_generation'
        WHERE asked.network_id IN (SELECT plant.network_id FROM {{ silver }}.dim_plant AS plant)
    )

    SELECT
        *,
        greatest(0, date_diff('hour', silent_from_utc, until_utc)) AS age_hours,
        CASE network_id
            {% for network, hours in due_after_hours.items() %}WHEN '{{ network }}' THEN {{ hours }}
            {% endfor %}
        END AS due_after_hours,
        date_diff('hour', silent_from_utc, until_utc) > CASE network_id
            {% for network, hours in silent_after_hours.items() %}WHEN '{{ network }}' THEN {{ hours }}
            {% endfor %}
        END AS is_silent
    FROM ages
) AS source
    ON target.source = 'oe_generation' AND target.network_id = source.network_id
WHEN MATCHED
THEN
    UPDATE
        SET
            newest_hour_utc = source.newest_hour_utc,
            asked_until_utc = source.until_utc,
            due_hours = cast(greatest(0, source.age_hours - source.due_after_hours) AS integer),
            age_hours = cast(source.age_hours AS integer),
            silent_since_utc = if(source.is_silent, source.silent_from_utc),
            late_since
            = if(source.is_silent, coalesce(target.late_since, cast(current_timestamp AS timestamp(6) with time zone))),
            _dag_id = if(source.is_silent, coalesce(target._dag_id, '{{ dag_id }}')),
            _run_id = if(source.is_silent, coalesce(target._run_id, '{{ run_id }}'))
WHEN NOT MATCHED
THEN INSERT (
    source,
    network_id,
    newest_hour_utc,
    asked_until_utc,
    due_hours,
    age_hours,
    silent_since_utc,
    late_since,
    _dag_id,
    _run_id
)
VALUES (
    'oe_generation',
    source.network_id,
    source.newest_hour_utc,
    source.until_utc,
    cast(greatest(0, source.age_hours - source.due_after_hours) AS integer),
    cast(source.age_hours AS integer),
    if(source.is_silent, source.silent_from_utc),
    if(source.is_silent, cast(current_timestamp AS timestamp(6) with time zone)),
    if(source.is_silent, '{{ dag_id }}'),
    if(source.is_silent, '{{ run_id }}')
)
