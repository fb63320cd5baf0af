-- The table that `make demo` prints: what each plant made on each day, and how far to trust it.
{% set gold = gold_schema | default('iceberg.gold') %}
SELECT
    plant_id,
    plant_name,
    ds AS "day",
    partial_hours,
    suspect_hours,
    is_open_day,
    round(energy_mwh, 1) AS energy_mwh,
    round(capacity_mw, 1) AS capacity_mw,
    round(cf, 3) AS cf,
    round(missingness, 3) AS missingness,
    round(insolation_kwh_m2, 2) AS insolation_kwh_m2,
    round(specific_yield_mwh_per_mw, 2) AS specific_yield_mwh_per_mw,
    round(latency_minutes, 1) AS latency_minutes
FROM {{ gold }}.daily_plant_kpi
ORDER BY ds, plant_id
