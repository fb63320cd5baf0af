-- What did curtailment cost?
-- By farm, the prices' share and the network's; worth_aud is at the hour's price in both, so what prices took is mostly
-- worth nothing or less. Loss factors, contracts and certificates are not in it.
WITH params AS (
    SELECT
        DATE '2025-01-01' AS first_day,
        DATE '2025-02-01' AS end_day
),

hours AS (
    SELECT
        loss.*,
        loss.curtailed_economic_mwh * loss.price_aud_mwh AS economic_aud,
        loss.curtailed_network_mwh * loss.price_aud_mwh AS network_aud
    FROM gold.plant_loss_hourly AS loss
    CROSS JOIN params
    WHERE loss.ds >= params.first_day AND loss.ds < params.end_day
)

SELECT
    plant.plant_id,
    plant.plant_name,
    plant.network_region,
    round(sum(hours.curtailed_economic_mwh), 1) AS by_prices_mwh,
    round(sum(hours.economic_aud), 0) AS by_prices_worth_aud,
    round(sum(hours.curtailed_network_mwh), 1) AS by_network_mwh,
    round(sum(hours.network_aud), 0) AS by_network_worth_aud,
    round(sum(hours.economic_aud) FILTER (WHERE hours.economic_aud < 0), 0) AS payments_spared_aud,
    count_if(hours.curtailed_method = 'no_market_data') AS hours_without_market
FROM hours
INNER JOIN gold.dim_plant AS plant ON hours.plant_id = plant.plant_id
GROUP BY plant.plant_id, plant.plant_name, plant.network_region
ORDER BY by_network_worth_aud DESC NULLS LAST, plant.plant_id ASC
