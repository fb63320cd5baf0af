-- What changed since last Tuesday?
-- Closed days whose published figures are others than they were at an instant, and days that were not there then though
-- they were over. Days that were open then are left out: they grow by themselves.
WITH params AS (
    SELECT TIMESTAMP '2025-01-07 00:00:00 UTC' AS since
),

before AS (
    SELECT history.*
    FROM gold.kpi_history AS history
    CROSS JOIN params
    WHERE
        history.published_from <= params.since
        AND coalesce(history.published_to > params.since, TRUE)
)

SELECT
    coalesce(kpi.plant_id, before.plant_id) AS plant_id,
    coalesce(kpi.ds, before.ds) AS "day",
    CASE
        WHEN before.plant_id IS NULL THEN 'came later'
        WHEN kpi.plant_id IS NULL THEN 'is gone'
        ELSE 'changed'
    END AS what,
    round(before.energy_mwh, 1) AS energy_before_mwh,
    round(kpi.energy_mwh, 1) AS energy_now_mwh,
    round(kpi.energy_mwh - before.energy_mwh, 1) AS change_mwh,
    round(before.cf, 3) AS cf_before,
    round(kpi.cf, 3) AS cf_now,
    round(before.insolation_kwh_m2, 2) AS insolation_before_kwh_m2,
    round(kpi.insolation_kwh_m2, 2) AS insolation_now_kwh_m2,
    round(before.capacity_mw, 1) AS capacity_before_mw,
    round(kpi.capacity_mw, 1) AS capacity_now_mw
FROM gold.daily_plant_kpi AS kpi
FULL JOIN before ON kpi.plant_id = before.plant_id AND kpi.ds = before.ds
CROSS JOIN params
WHERE
    NOT coalesce(before.is_open_day, FALSE)
    AND coalesce(kpi.ds, before.ds) < cast(params.since AS date)
    AND (
        before.plant_id IS NULL
        OR kpi.plant_id IS NULL
        OR kpi.energy_mwh IS DISTINCT FROM before.energy_mwh
        OR kpi.cf IS DISTINCT FROM before.cf
        OR kpi.insolation_kwh_m2 IS DISTINCT FROM before.insolation_kwh_m2
        OR kpi.capacity_mw IS DISTINCT FROM before.capacity_mw
    )
ORDER BY "day" DESC, plant_id ASC
