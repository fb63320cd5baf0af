-- The day of each market region: the numerators and denominators of its plants summed again, and the source's own total beside
-- what came of its plants.
{% from 'views/rollup.jinja' import summed, plants_sums, plants_counts, ratios, control with context %}
{% set gold = gold_schema | default('iceberg.gold') %}
{% set read = read_schema | default('lakehouse.gold') %}
CREATE OR REPLACE VIEW {{ gold }}.region_daily SECURITY INVOKER AS
WITH
regions AS (
    SELECT
        day.network_id,
        day.network_region,
        day.ds,
        {{ plants_sums() }},
        -- One price holds in the region; a plant that was in commission for a part of the day knows a part of it.
        max_by(day.price_aud_mwh, day.price_hours) AS price_aud_mwh,
        max(day.price_hours) AS price_hours,
        sum(day.value_at_mean_price_aud) AS value_at_mean_price_aud
    FROM {{ read }}.plant_loss_daily AS day
    GROUP BY day.network_id, day.network_region, day.ds
),

controls AS (
    SELECT
        total.network_id,
        total.network_region,
        total.ds,
        total.energy_mwh AS control_energy_mwh,
        total.our_energy_raw_mwh AS control_our_energy_raw_mwh,
        total.is_comparable AS is_control_comparable
    FROM {{ read }}.control_totals AS total
)

SELECT
    regions.network_id,
    regions.network_region,
    regions.ds,
    plant_days AS plants,
    plants_reporting,
    capacity_mw,
    capacity_reporting_mw,
    {% for name in summed %}{{ name }},
    {% endfor %}{{ ratios() }},
    price_aud_mwh,
    price_hours,
    value_at_mean_price_aud,
    {{ plants_counts() }},
    {{ control() }}
FROM regions
LEFT JOIN controls
    ON
        regions.network_id = controls.network_id
        AND regions.network_region = controls.network_region
        AND regions.ds = controls.ds
