-- Which farms' data are late or silent?
-- Newest hour with accepted energy of each farm against the newest of its network, and the network's against what was
-- asked for. hours_behind_network counts what the others have and this farm has not.
WITH params AS (
    SELECT
        DATE '2025-01-01' AS first_day,
        DATE '2025-02-01' AS end_day
),

newest AS (
    SELECT
        hours.plant_id,
        max(hours.ts_utc) AS newest_hour_utc
    FROM gold.plant_weather_hourly AS hours
    CROSS JOIN params
    WHERE hours.ds >= params.first_day AND hours.ds < params.end_day AND hours.energy_mwh IS NOT NULL
    GROUP BY hours.plant_id
),

latencies AS (
    SELECT
        kpi.plant_id,
        max(kpi.latency_max_minutes) AS latency_max_minutes,
        sum(kpi.latency_unknown_hours) AS latency_unknown_hours
    FROM gold.daily_plant_kpi AS kpi
    CROSS JOIN params
    WHERE kpi.ds >= params.first_day AND kpi.ds < params.end_day
    GROUP BY kpi.plant_id
)

SELECT
    plant.plant_id,
    plant.plant_name,
    plant.status,
    newest.newest_hour_utc,
    freshness.due_hours AS hours_network_is_behind,
    freshness.silent_since_utc AS network_silent_since_utc,
    latencies.latency_unknown_hours,
    date_diff('hour', newest.newest_hour_utc, freshness.newest_hour_utc) AS hours_behind_network,
    round(latencies.latency_max_minutes, 0) AS latency_max_minutes
FROM gold.dim_plant AS plant
LEFT JOIN newest ON plant.plant_id = newest.plant_id
LEFT JOIN latencies ON plant.plant_id = latencies.plant_id
LEFT JOIN gold.freshness AS freshness ON plant.network_id = freshness.network_id AND freshness.source = 'oe_generation'
WHERE plant.status <> 'retired'
ORDER BY newest.newest_hour_utc ASC NULLS FIRST, plant.plant_id ASC
