-- What share of its region's mean price did solar capture?
-- Value by energy, against the plain mean of the hours' prices, nights included. Below 1 solar sells when it is cheap.
WITH params AS (
    SELECT
        DATE '2025-01-01' AS first_day,
        DATE '2025-02-01' AS end_day
),

regions AS (
    SELECT
        daily.network_region,
        sum(daily.market_value_aud) FILTER (WHERE daily.price_hours > 0) AS market_value_aud,
        sum(daily.valued_energy_mwh) FILTER (WHERE daily.price_hours > 0) AS valued_energy_mwh,
        sum(daily.energy_accepted_mwh) AS energy_mwh,
        sum(daily.energy_at_negative_price_mwh) AS below_zero_mwh,
        sum(daily.price_aud_mwh * daily.price_hours) / nullif(sum(daily.price_hours), 0) AS price_aud_mwh,
        sum(daily.price_hours) AS price_hours
    FROM gold.region_daily AS daily
    CROSS JOIN params
    WHERE daily.ds >= params.first_day AND daily.ds < params.end_day
    GROUP BY daily.network_region
)

SELECT
    network_region,
    price_hours,
    round(energy_mwh, 0) AS energy_mwh,
    round(100 * valued_energy_mwh / nullif(energy_mwh, 0), 1) AS valued_pct,
    round(market_value_aud, 0) AS market_value_aud,
    round(market_value_aud / nullif(valued_energy_mwh, 0), 2) AS capture_price_aud_mwh,
    round(price_aud_mwh, 2) AS price_aud_mwh,
    if(price_aud_mwh > 0, round(market_value_aud / nullif(valued_energy_mwh, 0) / price_aud_mwh, 3)) AS capture_rate,
    round(below_zero_mwh, 1) AS sold_below_zero_mwh
FROM regions
ORDER BY network_region
