-- The plants as a reader needs them: where, how large and by whose word, whether they run, store or stand where they should.
{% set gold = gold_schema | default('iceberg.gold') %}
{% set read = read_schema | default('lakehouse.gold') %}
{% set read_silver = read_silver_schema | default('lakehouse.silver') %}
CREATE OR REPLACE VIEW {{ gold }}.dim_plant SECURITY INVOKER AS
WITH
units AS (
    SELECT
        plant_id,
        -- The state that says most of the plant: one unit that runs makes it run.
        CASE
            WHEN bool_or(status_id = 'operating') THEN 'operating'
            WHEN bool_or(status_id = 'commissioning') THEN 'commissioning'
            WHEN bool_or(status_id = 'committed') THEN 'committed'
            ELSE min(status_id)
        END AS status,
        array_sort(
            array_agg(DISTINCT capacity_source) FILTER (WHERE capacity_source IS NOT NULL AND retired_from_utc IS NULL)
        ) AS capacity_sources
    FROM {{ read_silver }}.dim_unit
    GROUP BY plant_id
),

findings AS (
    SELECT
        plant_id,
        bool_or(rule IN ('night_rule_off', 'hybrid_suspect')) AS is_hybrid,
        bool_or(rule = 'capacity_suspect' AND to_utc IS NULL) AS is_capacity_suspect
    FROM {{ read_silver }}.quality_findings
    GROUP BY plant_id
),

-- A year of hours may say what no single change of the registry does.
of_months AS (
    SELECT
        plant_id,
        bool_or(rule = 'capacity_suspect' AND to_utc IS NULL) AS is_capacity_suspect
    FROM {{ read }}.loss_findings
    GROUP BY plant_id
)

SELECT
    plant.plant_id,
    plant.plant_name,
    plant.network_id,
    plant.network_region,
    plant.latitude,
    plant.longitude,
    plant.coordinate_check,
    plant.capacity_mw,
    if(cardinality(units.capacity_sources) > 0, array_join(units.capacity_sources, ', ')) AS capacity_source,
    coalesce(findings.is_capacity_suspect, FALSE) OR coalesce(of_months.is_capacity_suspect, FALSE) AS is_capacity_suspect,
    plant.unit_count,
    if(plant.retired_date IS NOT NULL, 'retired', units.status) AS status,
    plant.commissioned_date,
    plant.retired_date,
    coalesce(findings.is_hybrid, FALSE) AS is_hybrid,
    plant.utc_offset_hours
FROM {{ read_silver }}.dim_plant AS plant
LEFT JOIN units ON plant.plant_id = units.plant_id
LEFT JOIN findings ON plant.plant_id = findings.plant_id
LEFT JOIN of_months ON plant.plant_id = of_months.plant_id
