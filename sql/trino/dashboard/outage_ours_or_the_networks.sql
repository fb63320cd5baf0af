-- Was this outage ours or the network's?
-- Every hour in which the farm lost a twentieth of its capacity or more, with what the region did meanwhile: the other
-- farms' energy by their expectation, the price, and what the region curtailed. Others as usual: ours.
WITH params AS (
    SELECT
        'YATSF1' AS plant_id,
        DATE '2025-01-03' AS first_day,
        DATE '2025-01-04' AS end_day
),

hours AS (
    SELECT
        loss.*,
        plant.network_id,
        plant.network_region,
        plant.capacity_mw,
        plant.utc_offset_hours,
        plant.plant_id = params.plant_id AS is_ours
    FROM gold.plant_loss_hourly AS loss
    CROSS JOIN params
    INNER JOIN gold.dim_plant AS ours ON params.plant_id = ours.plant_id
    INNER JOIN gold.dim_plant AS plant
        ON
            loss.plant_id = plant.plant_id
            AND ours.network_id = plant.network_id
            AND ours.network_region = plant.network_region
    WHERE loss.ds >= params.first_day AND loss.ds < params.end_day
),

market AS (
    -- The days are named here too: of a table that is joined from the left Trino reads all of them otherwise.
    SELECT market.*
    FROM silver.fact_market_hourly AS market
    CROSS JOIN params
    WHERE
        market.ts_utc >= with_timezone(cast(params.first_day AS timestamp(6)), 'UTC') - INTERVAL '1' DAY
        AND market.ts_utc < with_timezone(cast(params.end_day AS timestamp(6)), 'UTC')
),

others AS (
    SELECT
        ts_utc,
        count(*) AS farms,
        sum(energy_mwh) / nullif(sum(expected_mwh), 0) AS performance_index
    FROM hours
    WHERE NOT is_ours AND expected_mwh IS NOT NULL AND loss_class NOT IN ('not_known', 'no_expectation')
    GROUP BY ts_utc
)

SELECT
    hours.plant_id,
    hours.loss_class,
    hours.curtailed_method,
    date_add(
        'hour', cast(hours.utc_offset_hours AS bigint), cast(hours.ts_utc AT TIME ZONE 'UTC' AS timestamp(0))
    ) AS network_time,
    round(hours.expected_mwh, 1) AS expected_mwh,
    round(hours.energy_mwh, 1) AS energy_mwh,
    round(hours.unavailable_mwh, 1) AS outage_mwh,
    round(hours.curtailed_network_mwh, 1) AS network_mwh,
    round(hours.curtailed_economic_mwh, 1) AS economic_mwh,
    round(hours.price_aud_mwh, 1) AS price_aud_mwh,
    round(market.curtailed_solar_mwh, 1) AS region_curtailed_mwh,
    coalesce(others.farms, 0) AS other_farms,
    round(others.performance_index, 2) AS others_performance_index
FROM hours
LEFT JOIN others ON hours.ts_utc = others.ts_utc
LEFT JOIN market
    ON
        hours.network_id = market.network_id
        AND hours.network_region = market.network_region
        AND hours.ts_utc = market.ts_utc
WHERE hours.is_ours AND hours.expected_mwh - coalesce(hours.energy_mwh, 0) >= 0.05e0 * hours.capacity_mw
ORDER BY hours.ts_utc
