-- How did each farm perform against what its weather allowed?
-- performance_index has all reasons in it, performance_index_in_service only hours that were neither curtailed nor out.
-- Read weeks or months: of a single day the weather's error alone is 10 % under a clear sky, 25 % under a cloudy one.
WITH params AS (
    SELECT
        DATE '2025-01-01' AS first_day,
        DATE '2025-02-01' AS end_day
)

SELECT
    daily.plant_id,
    daily.plant_name,
    round(sum(daily.expected_mwh), 0) AS expected_mwh,
    round(sum(daily.energy_mwh), 0) AS energy_mwh,
    round(sum(daily.known_energy_mwh) / nullif(sum(daily.known_expected_mwh), 0), 3) AS performance_index,
    round(sum(daily.in_service_energy_mwh) / nullif(sum(daily.in_service_expected_mwh), 0), 3)
        AS performance_index_in_service,
    round(1 - sum(daily.unavailable_mwh) / nullif(sum(daily.known_expected_mwh), 0), 3) AS energy_availability,
    round(sum(daily.cf_energy_mwh) / nullif(sum(daily.cf_capacity_mwh), 0), 3) AS cf,
    round(sum(daily.unexplained_mwh), 0) AS unexplained_mwh,
    count(daily.expected_mwh) AS days_judged,
    if(min(daily.expected_method) = max(daily.expected_method), min(daily.expected_method), 'mixed') AS expected_by
FROM gold.plant_loss_daily AS daily
CROSS JOIN params
WHERE daily.ds >= params.first_day AND daily.ds < params.end_day AND daily.data_status <> 'open'
GROUP BY daily.plant_id, daily.plant_name
ORDER BY performance_index ASC NULLS LAST, daily.plant_id ASC
