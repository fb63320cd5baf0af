-- The daily figures whose hours are of the same publication: without the plant-days that are between the two MERGEs of
-- a publication, or whose publication broke off between them.
--
-- It reads through the catalog of readers, and as whoever asks: analysts have no rights in the other one.
{% set gold = gold_schema | default('iceberg.gold') %}
{% set read = read_schema | default('lakehouse.gold') %}
CREATE OR REPLACE VIEW {{ gold }}.daily_plant_kpi_consistent
SECURITY INVOKER AS
SELECT kpi.*
FROM {{ read }}.daily_plant_kpi AS kpi
WHERE
    NOT EXISTS (
        SELECT 1
        FROM {{ read }}.plant_weather_hourly AS hours
        WHERE
            hours.plant_id = kpi.plant_id
            AND hours.ds = kpi.ds
            AND hours.publication_id IS DISTINCT FROM kpi.publication_id
    )
