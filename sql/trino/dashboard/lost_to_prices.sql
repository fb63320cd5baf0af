-- Which farms lost most to prices in a month?
-- Economic curtailment, estimated: hours short of the weather's energy at or below the price at which the farm stops.
-- worth_aud is what it would have earned: below 0 it was right to stop.
WITH params AS (
    SELECT
        DATE '2025-01-01' AS first_day,
        DATE '2025-02-01' AS end_day
)

SELECT
    daily.plant_id,
    daily.plant_name,
    daily.network_region,
    round(sum(daily.curtailed_economic_mwh), 1) AS lost_to_prices_mwh,
    round(100 * sum(daily.curtailed_economic_mwh) / nullif(sum(daily.expected_mwh), 0), 1) AS lost_to_prices_pct,
    sum(daily.curtailed_economic_hours) AS hours_stopped,
    round(sum(daily.energy_at_negative_price_mwh), 1) AS sold_below_zero_mwh,
    round(sum(daily.curtailed_value_aud), 0) AS worth_aud,
    count(daily.expected_mwh) AS days_judged,
    count_if(daily.curtailed_method = 'no_market_data') AS days_without_market
FROM gold.plant_loss_daily AS daily
CROSS JOIN params
WHERE daily.ds >= params.first_day AND daily.ds < params.end_day
GROUP BY daily.plant_id, daily.plant_name, daily.network_region
ORDER BY lost_to_prices_mwh DESC NULLS LAST, daily.plant_id ASC
