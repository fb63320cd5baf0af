-- The month of each plant: the numerators and denominators of its days summed again.
{% from 'views/rollup.jinja' import summed, sums, ratios with context %}
{% set gold = gold_schema | default('iceberg.gold') %}
{% set read = read_schema | default('lakehouse.gold') %}
CREATE OR REPLACE VIEW {{ gold }}.monthly_plant_kpi SECURITY INVOKER AS
WITH
months AS (
    SELECT
        day.plant_id,
        cast(date_trunc('month', day.ds) AS date) AS month_start,
        max_by(day.plant_name, day.ds) AS plant_name,
        max_by(day.network_id, day.ds) AS network_id,
        max_by(day.network_region, day.ds) AS network_region,
        max_by(day.capacity_mw, day.ds) AS capacity_mw,
        {{ sums() }},
        sum(day.market_value_aud) FILTER (WHERE day.price_hours > 0) AS priced_value_aud,
        sum(day.price_aud_mwh * day.price_hours) / nullif(sum(day.price_hours), 0) AS price_aud_mwh,
        sum(day.price_hours) AS price_hours,
        sum(day.poa_kwh_m2) FILTER (WHERE day.ghi_kwh_m2 IS NOT NULL) AS poa_kwh_m2,
        sum(day.ghi_kwh_m2) FILTER (WHERE day.poa_kwh_m2 IS NOT NULL) AS ghi_kwh_m2,
        count_if(day.poa_kwh_m2 IS NOT NULL AND day.ghi_kwh_m2 IS NOT NULL) AS irradiation_days,
        sum(day.specific_yield_ac) AS specific_yield_ac,
        if(min(day.expected_method) = max(day.expected_method), min(day.expected_method), 'mixed') AS expected_method
    FROM {{ read }}.plant_loss_daily AS day
    GROUP BY day.plant_id, cast(date_trunc('month', day.ds) AS date)
),

priced AS (
    SELECT
        *,
        -- The month's mean price, so that what a plant gains on dear days and loses on cheap ones counts too.
        valued_energy_mwh * price_aud_mwh AS value_at_mean_price_aud
    FROM months
)

SELECT
    plant_id,
    month_start,
    plant_name,
    network_id,
    network_region,
    capacity_mw,
    {% for name in summed %}{{ name }},
    {% endfor %}{{ ratios() }},
    specific_yield_ac,
    poa_kwh_m2,
    ghi_kwh_m2,
    irradiation_days,
    price_aud_mwh,
    price_hours,
    value_at_mean_price_aud,
    expected_method,
    plant_days,
    open_days,
    provisional_days,
    settled_days,
    restated_days,
    held_back_days,
    cf_days
FROM priced
