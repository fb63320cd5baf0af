-- The day of the whole fleet: the numerators and denominators of its plants summed again. Days are network-local, so that
-- one of the fleet is 26 hours long where it has plants in WEM.
--
-- The control ratio, by what the networks say of themselves, belongs here: join gold.control_totals, summed to ds over its
-- networks, and divide its our_energy_raw_mwh by its energy_mwh.
{% from 'views/rollup.jinja' import summed, sums, ratios with context %}
{% set gold = gold_schema | default('iceberg.gold') %}
{% set read = read_schema | default('lakehouse.gold') %}
CREATE OR REPLACE VIEW {{ gold }}.fleet_daily SECURITY INVOKER AS
WITH
fleets AS (
    SELECT
        day.ds,
        count_if(day.energy_accepted_mwh IS NOT NULL) AS plants_reporting,
        sum(day.capacity_mw) AS capacity_mw,
        sum(day.capacity_mw) FILTER (WHERE day.energy_accepted_mwh IS NOT NULL) AS capacity_reporting_mw,
        {{ sums() }},
        sum(day.market_value_aud) FILTER (WHERE day.value_at_mean_price_aud IS NOT NULL) AS priced_value_aud,
        sum(day.value_at_mean_price_aud) AS value_at_mean_price_aud
    FROM {{ read }}.plant_loss_daily AS day
    GROUP BY day.ds
)

SELECT
    ds,
    plant_days AS plants,
    plants_reporting,
    capacity_mw,
    capacity_reporting_mw,
    {% for name in summed %}{{ name }},
    {% endfor %}{{ ratios() }},
    value_at_mean_price_aud,
    open_days AS open_plants,
    provisional_days AS provisional_plants,
    settled_days AS settled_plants,
    restated_days AS restated_plants,
    held_back_days AS held_back_plants,
    cf_days AS cf_plants
FROM fleets
