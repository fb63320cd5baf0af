-- Step 8 of a Gold build: write down every row of the daily figures that is not the one that stood there before.
--
-- It compares the tables and not what this run has published, so that a run that broke off before it loses nothing.
{% set columns = ['plant_id', 'ds'] + gold_columns.daily_plant_kpi %}
{% set gold = gold_schema | default('iceberg.gold') %}
MERGE INTO {{ gold }}.kpi_history AS target
USING (
    WITH
    shown AS (
        SELECT
            plant_id,
            ds,
            publication_id,
            published_from
        FROM {{ gold }}.kpi_history
        WHERE published_to IS NULL
    ),

    changed AS (
        SELECT
            {% for name in columns %}kpi.{{ name }},
            {% endfor %}
            coalesce(kpi.plant_id, shown.plant_id) AS of_plant_id,
            coalesce(kpi.ds, shown.ds) AS of_ds,
            shown.published_from AS shown_from,
            cast(current_timestamp AS timestamp(6) with time zone) AS noted_at
        FROM {{ gold }}.daily_plant_kpi AS kpi
        FULL JOIN shown ON kpi.plant_id = shown.plant_id AND kpi.ds = shown.ds
        WHERE
            kpi.plant_id IS NULL
            OR shown.plant_id IS NULL
            OR kpi.publication_id IS DISTINCT FROM shown.publication_id
    )

    -- Each change twice: the end of what was shown, and the beginning of what is.
    SELECT
        changed.*,
        if(steps.is_end, changed.shown_from) AS published_from
    FROM changed
    CROSS JOIN (VALUES TRUE, FALSE) AS steps (is_end)
    WHERE if(steps.is_end, changed.shown_from IS NOT NULL, changed.plant_id IS NOT NULL)
) AS source
    ON
        target.plant_id = source.of_plant_id
        AND target.ds = source.of_ds
        AND target.published_from = source.published_from
WHEN MATCHED
THEN UPDATE SET published_to = source.noted_at
WHEN NOT MATCHED
THEN INSERT (
    {% for name in columns %}{{ name }},
    {% endfor %}
    published_from
)
VALUES (
    {% for name in columns %}source.{{ name }},
    {% endfor %}
    source.noted_at
)
