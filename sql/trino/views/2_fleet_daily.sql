-- The day of the whole fleet: the numerators and denominators of its plants summed again. Days are network-local, so that
-- one of the fleet is 26 hours long where it has plants in WEM.
--
-- The control ratio, by what the networks say of themselves, belongs here: join gold.control_totals, summed to ds over its
-- networks, and divide its our_energy_raw_mwh by its energy_mwh.
{% from 'views/rollup.jinja' import summed, plants_sums, plants_counts, ratios with context %}
{% set gold = gold_schema | default('iceberg.gold') %}
{% set read = read_schema | default('lakehouse.gold') %}
CREATE OR REPLACE VIEW {{ gold }}.fleet_daily SECURITY INVOKER AS
WITH
fleets AS (
    SELECT
        day.ds,
        {{ plants_sums() }},
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
    {{ plants_counts() }}
FROM fleets
