-- The source's own total of each region and settled day beside the sum of its plants: whether the fleet is complete.
--
-- Compared are the days of the window, and of the 40 before its end: totals and hours are asked for again for a month.
-- What is older stays as it was noted until a run has it in its window.
--
-- Blind spot: a region of which no plant said anything has no row, as missing is never zero.
{% from 'gold/rules.jinja' import control_share with context %}
{% set bronze = bronze_schema | default('iceberg.bronze') %}
{% set silver = silver_schema | default('iceberg.silver') %}
{% set gold = gold_schema | default('iceberg.gold') %}
{#- Of literals alone, so that only these days' files are read. -#}
{% macro first_instant() -%}
    least(
        from_iso8601_timestamp('{{ window_start }}') - INTERVAL '1' DAY,
        from_iso8601_timestamp('{{ window_end }}') - INTERVAL '40' DAY
    )
{%- endmacro %}
MERGE INTO {{ gold }}.control_totals AS target
USING (
    WITH
    plants AS (
        SELECT
            plant_id,
            network_id,
            network_region,
            utc_offset_hours * INTERVAL '1' HOUR AS utc_offset
        FROM {{ silver }}.dim_plant
    ),

    networks AS (
        SELECT
            network_id,
            min(utc_offset) AS utc_offset
        FROM plants
        GROUP BY network_id
    ),

    -- A null after a total does not take it back: the source has sums of all its days.
    said AS (
        SELECT
            network_id,
            network_region,
            ds,
            max_by(energy_mwh, _ingest_time) AS energy_mwh,
            max(_ingest_time) AS ingest_time
        FROM {{ bronze }}.oe_control_daily_raw
        WHERE energy_mwh IS NOT NULL
        GROUP BY network_id, network_region, ds
    ),

    days AS (
        SELECT
            said.*,
            with_timezone(cast(said.ds AS timestamp(6)) - networks.utc_offset, 'UTC') AS day_start_utc
        FROM said
        INNER JOIN networks ON said.network_id = networks.network_id
    ),

    -- Decimal, as sums of doubles depend on the order of the rows.
    ours AS (
        SELECT
            plants.network_id,
            plants.network_region,
            cast(cast(fact.ts_utc AT TIME ZONE 'UTC' AS timestamp(6)) + plants.utc_offset AS date) AS ds,
            cast(sum(cast(fact.energy_raw_mwh AS decimal(24, 12))) AS double) AS energy_raw_mwh,
            count(DISTINCT fact.plant_id) AS plants_reporting
        FROM {{ silver }}.fact_generation_hourly AS fact
        INNER JOIN plants ON fact.plant_id = plants.plant_id
        WHERE
            fact.energy_raw_mwh IS NOT NULL
            AND fact.ts_utc >= {{ first_instant() }}
            AND fact.ts_utc < from_iso8601_timestamp('{{ window_end }}') + INTERVAL '1' DAY
        GROUP BY
            plants.network_id,
            plants.network_region,
            cast(cast(fact.ts_utc AT TIME ZONE 'UTC' AS timestamp(6)) + plants.utc_offset AS date)
    ),

    -- Whole days that a fetch of generation asked for, whatever came.
    asked AS (
        SELECT
            request.network_id,
            cast(
                cast(request.window_start_utc AT TIME ZONE 'UTC' AS timestamp(6)) + networks.utc_offset
                + INTERVAL '23' HOUR AS date
            ) AS first_ds,
            cast(
                cast(request.window_end_utc AT TIME ZONE 'UTC' AS timestamp(6)) + networks.utc_offset - INTERVAL '1' DAY
                AS date
            ) AS last_ds
        FROM {{ bronze }}.api_requests AS request
        INNER JOIN networks ON request.network_id = networks.network_id
        WHERE request.source = 'oe_generation' AND request.outcome IN ('ok', 'partial', 'empty')
    ),

    asked_days AS (
        SELECT DISTINCT
            asked.network_id,
            each_day.ds
        FROM asked
        CROSS JOIN unnest(if(asked.first_ds <= asked.last_ds, sequence(asked.first_ds, asked.last_ds))) AS each_day (ds)
    ),

    -- Units that Silver knows nobody asked about, as before a plant was added to PV_FACILITIES.
    left_out AS (
        SELECT
            plants.network_id,
            plants.network_region,
            history.valid_from_utc,
            history.valid_to_utc
        FROM {{ silver }}.unit_history AS history
        INNER JOIN plants ON history.plant_id = plants.plant_id
        WHERE NOT history.is_asked
    ),

    compared AS (
        SELECT
            days.network_id,
            days.network_region,
            days.ds,
            days.energy_mwh,
            days.ingest_time,
            ours.energy_raw_mwh,
            ours.plants_reporting,
            abs(ours.energy_raw_mwh - days.energy_mwh) <= {{ control_share }} * abs(days.energy_mwh) AS is_complete,
            {{ 'TRUE' if has_all_facilities | default(true) else 'FALSE' }}
            AND count(asked_days.ds) > 0
            AND count(left_out.network_id) = 0 AS is_comparable
        FROM days
        LEFT JOIN ours
            ON
                days.network_id = ours.network_id
                AND days.network_region = ours.network_region
                AND days.ds = ours.ds
        LEFT JOIN asked_days ON days.network_id = asked_days.network_id AND days.ds = asked_days.ds
        LEFT JOIN left_out
            ON
                days.network_id = left_out.network_id
                AND days.network_region = left_out.network_region
                AND coalesce(days.day_start_utc + INTERVAL '1' DAY > left_out.valid_from_utc, TRUE)
                AND coalesce(days.day_start_utc < left_out.valid_to_utc, TRUE)
        WHERE
            days.day_start_utc >= {{ first_instant() }}
            AND days.day_start_utc < from_iso8601_timestamp('{{ window_end }}')
        GROUP BY
            days.network_id,
            days.network_region,
            days.ds,
            days.energy_mwh,
            days.ingest_time,
            ours.energy_raw_mwh,
            ours.plants_reporting
    )

    SELECT
        *,
        energy_raw_mwh / nullif(energy_mwh, 0) AS ratio,
        if(is_comparable AND NOT is_complete, 'fleet_incomplete') AS finding
    FROM compared
) AS source
    ON
        target.network_id = source.network_id
        AND target.network_region = source.network_region
        AND target.ds = source.ds
WHEN MATCHED AND source.energy_raw_mwh IS NULL
THEN DELETE
WHEN MATCHED
AND (
    target.energy_mwh, target.our_energy_raw_mwh, target.plants_reporting, target.is_comparable,
    target._control_ingest_time
) IS DISTINCT FROM (
    source.energy_mwh, source.energy_raw_mwh, source.plants_reporting, source.is_comparable,
    source.ingest_time
)
THEN
    UPDATE
        SET
            energy_mwh = source.energy_mwh,
            our_energy_raw_mwh = source.energy_raw_mwh,
            plants_reporting = source.plants_reporting,
            ratio = source.ratio,
            is_complete = source.is_complete,
            is_comparable = source.is_comparable,
            finding = source.finding,
            found_since = if(
                source.finding IS NOT NULL,
                coalesce(target.found_since, cast(current_timestamp AS timestamp(6) with time zone))
            ),
            _control_ingest_time = source.ingest_time,
            _dag_id = if(source.finding IS NOT NULL, coalesce(target._dag_id, '{{ dag_id }}')),
            _run_id = if(source.finding IS NOT NULL, coalesce(target._run_id, '{{ run_id }}'))
WHEN NOT MATCHED AND source.energy_raw_mwh IS NOT NULL
THEN INSERT (
    network_id,
    network_region,
    ds,
    energy_mwh,
    our_energy_raw_mwh,
    plants_reporting,
    ratio,
    is_complete,
    is_comparable,
    finding,
    found_since,
    _control_ingest_time,
    _dag_id,
    _run_id
)
VALUES (
    source.network_id,
    source.network_region,
    source.ds,
    source.energy_mwh,
    source.energy_raw_mwh,
    source.plants_reporting,
    source.ratio,
    source.is_complete,
    source.is_comparable,
    source.finding,
    if(source.finding IS NOT NULL, cast(current_timestamp AS timestamp(6) with time zone)),
    source.ingest_time,
    if(source.finding IS NOT NULL, '{{ dag_id }}'),
    if(source.finding IS NOT NULL, '{{ run_id }}')
)
