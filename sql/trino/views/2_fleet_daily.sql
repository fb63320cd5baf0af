-- The day of the whole fleet: the numerators and denominators of its plants summed again. Days are network-local, so that
-- one of the fleet is 26 hours long where it has plants in WEM.
--
-- The control ratio is of regions with a total of their own alone: both of its sums leave the others out.
{% from 'views/rollup.jinja' import summed, plants_sums, plants_counts, ratios, control with context %}
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
),

controls AS (
    SELECT
        total.ds,
        count(*) AS control_regions,
        sum(total.energy_mwh) AS control_energy_mwh,
        sum(total.our_energy_raw_mwh) AS control_our_energy_raw_mwh,
        bool_and(total.is_comparable) AS is_control_comparable
    FROM {{ read }}.control_totals AS total
    GROUP BY total.ds
)

SELECT
    fleets.ds,
    plant_days AS plants,
    plants_reporting,
    capacity_mw,
    capacity_reporting_mw,
    {% for name in summed %}{{ name }},
    {% endfor %}{{ ratios() }},
    value_at_mean_price_aud,
    {{ plants_counts() }},
    coalesce(control_regions, 0) AS control_regions,
    {{ control() }}
FROM fleets
LEFT JOIN controls ON fleets.ds = controls.ds
