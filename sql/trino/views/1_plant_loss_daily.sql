-- Why each plant-day was low, what it was worth and how far it can be trusted: the hours of plant_loss_hourly summed.
--
-- Sums first, ratios last: whoever needs another stretch or group sums the columns in MWh, h and AUD and divides then.
-- A row for every plant-day of daily_plant_kpi, and for those that are held back and have none there yet.
--
-- `settled` cannot be read from what was fetched, as an answer without a change leaves no trace in Silver: it is taken
-- from the newest hour that the network was asked for (gold.freshness), or from the values' own times.
{% from 'views/rollup.jinja' import summed, ratios with context %}
{% set gold = gold_schema | default('iceberg.gold') %}
{% set read = read_schema | default('lakehouse.gold') %}
{% set of_kpi = ['energy_accepted_mwh', 'cf_energy_mwh', 'cf_capacity_mwh'] %}
{% set of_told = ['market_value_aud', 'valued_energy_mwh'] %}
{% set read_silver = read_silver_schema | default('lakehouse.silver') %}
CREATE OR REPLACE VIEW {{ gold }}.plant_loss_daily SECURITY INVOKER AS
WITH
plants AS (
    SELECT
        plant_id,
        plant_name,
        network_id,
        network_region,
        utc_offset_hours * INTERVAL '1' HOUR AS utc_offset
    FROM {{ read_silver }}.dim_plant
),

plant_days AS (
    SELECT
        plant_id,
        ds
    FROM {{ read }}.daily_plant_kpi
    UNION
    SELECT
        plant_id,
        ds
    FROM {{ read }}.held_back
),

hours AS (
    SELECT
        *,
        expected_mwh IS NOT NULL AND loss_class <> 'not_known' AS is_known,
        loss_class IN ('normal', 'underperforming') AS is_in_service,
        -- Energy that came, and what was expected in place of what did not; unknown without an expectation.
        CASE
            WHEN not_known_mwh IS NOT NULL THEN coalesce(energy_mwh, 0e0) + not_known_mwh
            ELSE energy_mwh
        END AS filled_mwh
    FROM {{ read }}.plant_loss_hourly
),

losses AS (
    SELECT
        plant_id,
        ds,
        sum(expected_mwh) AS expected_mwh,
        sum(energy_mwh) FILTER (WHERE expected_mwh IS NOT NULL) AS energy_mwh,
        sum(curtailed_economic_mwh) AS curtailed_economic_mwh,
        sum(curtailed_network_mwh) AS curtailed_network_mwh,
        sum(unavailable_mwh) AS unavailable_mwh,
        sum(stored_mwh) AS stored_mwh,
        sum(not_known_mwh) AS not_known_mwh,
        sum(unexplained_mwh) AS unexplained_mwh,
        sum(expected_mwh) FILTER (WHERE is_known) AS known_expected_mwh,
        sum(energy_mwh) FILTER (WHERE is_known) AS known_energy_mwh,
        sum(expected_mwh) FILTER (WHERE is_in_service) AS in_service_expected_mwh,
        sum(energy_mwh) FILTER (WHERE is_in_service) AS in_service_energy_mwh,
        count_if(loss_class = 'normal') AS normal_hours,
        count_if(loss_class = 'underperforming') AS underperforming_hours,
        count_if(loss_class IN ('curtailed_economic', 'curtailed_economic_est')) AS curtailed_economic_hours,
        count_if(loss_class IN ('curtailed_network', 'curtailed_network_est')) AS curtailed_network_hours,
        count_if(loss_class IN ('outage', 'unavailable')) AS outage_hours,
        count_if(loss_class = 'stored') AS stored_hours,
        count_if(loss_class = 'not_known') AS not_known_hours,
        count_if(loss_class = 'no_expectation') AS no_expectation_hours,
        if(count(filled_mwh) = count(*), sum(filled_mwh)) AS energy_filled_mwh,
        if(count(filled_mwh) = count(*), sum(coalesce(not_known_mwh, 0e0))) AS filled_mwh,
        avg(price_aud_mwh) AS price_aud_mwh,
        count(price_aud_mwh) AS price_hours,
        sum(if(price_aud_mwh < 0, energy_mwh, 0e0)) FILTER (WHERE price_aud_mwh IS NOT NULL AND energy_mwh IS NOT NULL)
            AS energy_at_negative_price_mwh,
        sum((curtailed_economic_mwh + curtailed_network_mwh) * price_aud_mwh) AS curtailed_value_aud,
        if(count(poa_w_m2) = count(*), sum(poa_w_m2) / 1000) AS poa_kwh_m2,
        count_if(is_provisional) AS provisional_hours,
        min(curtailed_method) AS first_curtailed_method,
        max(curtailed_method) AS last_curtailed_method,
        min(expected_method) AS first_expected_method,
        max(expected_method) AS last_expected_method
    FROM hours
    GROUP BY plant_id, ds
),

-- Beside the hours' sums, not joined to each hour from the left: only so does Trino read no other days than it is asked for.
told AS (
    SELECT
        loss.plant_id,
        loss.ds,
        sum(fact.market_value_aud) AS market_value_aud,
        sum(loss.energy_mwh) FILTER (WHERE fact.market_value_aud IS NOT NULL) AS valued_energy_mwh,
        min(fact.last_ingest_time) AS oldest_ingest_time
    FROM {{ read }}.plant_loss_hourly AS loss
    INNER JOIN {{ read_silver }}.fact_generation_hourly AS fact
        ON loss.plant_id = fact.plant_id AND loss.ts_utc = fact.ts_utc
    GROUP BY loss.plant_id, loss.ds
),

-- What the day's closed rows said that still stood on the third day after it, when sources change no more by themselves.
former AS (
    SELECT
        plant_id,
        ds,
        count(*) AS versions,
        count(energy_mwh) AS versions_with_energy,
        min(energy_mwh) AS least_mwh,
        max(energy_mwh) AS most_mwh
    FROM {{ read }}.kpi_history
    WHERE NOT is_open_day AND published_to >= with_timezone(cast(ds AS timestamp(6)), 'UTC') + INTERVAL '3' DAY
    GROUP BY plant_id, ds
),

said_of_hours AS (
    SELECT
        plant_id,
        rule,
        from_utc,
        to_utc
    FROM {{ read_silver }}.quality_findings
    UNION ALL
    SELECT
        plant_id,
        rule,
        from_utc,
        to_utc
    FROM {{ read }}.loss_findings
),

-- Rules that say how a plant is judged, not what happened on a day, are left out. A finding on a whole network, which has its
-- code in place of a plant's, touches the days of all its plants.
findings AS (
    SELECT
        plant_days.plant_id,
        plant_days.ds,
        array_sort(array_agg(DISTINCT finding.rule)) AS rules
    FROM plant_days
    INNER JOIN plants ON plant_days.plant_id = plants.plant_id
    INNER JOIN said_of_hours AS finding
        ON plants.plant_id = finding.plant_id OR plants.network_id = finding.plant_id
    WHERE
        finding.rule NOT IN ('night_rule_off', 'hybrid_suspect', 'learnt_limit')
        AND finding.from_utc < with_timezone(cast(plant_days.ds AS timestamp(6)) - plants.utc_offset, 'UTC') + INTERVAL '1' DAY
        AND coalesce(
            finding.to_utc > with_timezone(cast(plant_days.ds AS timestamp(6)) - plants.utc_offset, 'UTC'), TRUE
        )
    GROUP BY plant_days.plant_id, plant_days.ds
),

held_back AS (
    SELECT DISTINCT
        plant_id,
        ds
    FROM {{ read }}.held_back
),

days AS (
    SELECT
        plant_days.plant_id,
        plant_days.ds,
        plants.plant_name,
        plants.network_id,
        plants.network_region,
        kpi.capacity_mw,
        {% for name in summed if name not in of_kpi %}{{ 'told' if name in of_told else 'losses' }}.{{ name }},
        {% endfor %}losses.price_aud_mwh,
        losses.price_hours,
        losses.provisional_hours,
        if(losses.price_aud_mwh IS NOT NULL, told.market_value_aud) AS priced_value_aud,
        told.valued_energy_mwh * losses.price_aud_mwh AS value_at_mean_price_aud,
        if(losses.first_curtailed_method = losses.last_curtailed_method, losses.first_curtailed_method, 'mixed')
            AS curtailed_method,
        if(losses.first_expected_method = losses.last_expected_method, losses.first_expected_method, 'mixed')
            AS expected_method,
        if(kpi.insolation_kwh_m2 IS NOT NULL, losses.poa_kwh_m2) AS poa_kwh_m2,
        kpi.insolation_kwh_m2 AS ghi_kwh_m2,
        kpi.specific_yield_mwh_per_mw AS specific_yield_ac,
        kpi.energy_mwh AS energy_accepted_mwh,
        kpi.energy_completeness,
        -- Numerator and denominator of the day's `cf`, for days that have one.
        if(kpi.cf IS NOT NULL, kpi.energy_mwh / kpi.energy_completeness) AS cf_energy_mwh,
        CASE
            WHEN kpi.cf <> 0 THEN kpi.energy_mwh / kpi.energy_completeness / kpi.cf
            WHEN kpi.cf = 0 THEN kpi.capacity_mw * 24
        END AS cf_capacity_mwh,
        CASE
            WHEN kpi.plant_id IS NULL THEN NULL
            WHEN kpi.is_open_day THEN 'open'
            WHEN
                former.versions_with_energy < former.versions AND kpi.energy_mwh IS NOT NULL
                OR former.versions_with_energy > 0 AND kpi.energy_mwh IS NULL
                OR greatest(abs(former.least_mwh - kpi.energy_mwh), abs(former.most_mwh - kpi.energy_mwh))
                > greatest(0.1e0, 0.005e0 * abs(kpi.energy_mwh))
                THEN 'restated'
            WHEN
                coalesce(kpi.weather_provisional_hours, 0) = 0
                AND greatest(
                    coalesce(told.oldest_ingest_time, freshness.asked_until_utc),
                    coalesce(freshness.asked_until_utc, told.oldest_ingest_time)
                )
                >= with_timezone(cast(plant_days.ds AS timestamp(6)) - plants.utc_offset, 'UTC')
                + INTERVAL '2' DAY + INTERVAL '270' MINUTE
                THEN 'settled'
            ELSE 'provisional'
        END AS data_status,
        held_back.plant_id IS NOT NULL AS is_held_back,
        coalesce(findings.rules, cast(ARRAY[] AS array(varchar))) AS finding_rules
    FROM plant_days
    INNER JOIN plants ON plant_days.plant_id = plants.plant_id
    LEFT JOIN {{ read }}.daily_plant_kpi AS kpi ON plant_days.plant_id = kpi.plant_id AND plant_days.ds = kpi.ds
    LEFT JOIN losses ON plant_days.plant_id = losses.plant_id AND plant_days.ds = losses.ds
    LEFT JOIN told ON plant_days.plant_id = told.plant_id AND plant_days.ds = told.ds
    LEFT JOIN former ON plant_days.plant_id = former.plant_id AND plant_days.ds = former.ds
    LEFT JOIN findings ON plant_days.plant_id = findings.plant_id AND plant_days.ds = findings.ds
    LEFT JOIN held_back ON plant_days.plant_id = held_back.plant_id AND plant_days.ds = held_back.ds
    LEFT JOIN {{ read }}.freshness AS freshness
        ON plants.network_id = freshness.network_id AND freshness.source = 'oe_generation'
)

SELECT
    plant_id,
    ds,
    plant_name,
    network_id,
    network_region,
    capacity_mw,
    expected_mwh,
    energy_mwh,
    curtailed_economic_mwh,
    curtailed_network_mwh,
    unavailable_mwh,
    stored_mwh,
    not_known_mwh,
    unexplained_mwh,
    known_expected_mwh,
    known_energy_mwh,
    in_service_expected_mwh,
    in_service_energy_mwh,
    {{ ratios() }},
    normal_hours,
    underperforming_hours,
    curtailed_economic_hours,
    curtailed_network_hours,
    outage_hours,
    stored_hours,
    not_known_hours,
    no_expectation_hours,
    curtailed_method,
    expected_method,
    market_value_aud,
    valued_energy_mwh,
    price_aud_mwh,
    price_hours,
    value_at_mean_price_aud,
    energy_at_negative_price_mwh,
    curtailed_value_aud,
    poa_kwh_m2,
    ghi_kwh_m2,
    specific_yield_ac,
    energy_accepted_mwh,
    energy_filled_mwh,
    filled_mwh,
    energy_completeness,
    cf_energy_mwh,
    cf_capacity_mwh,
    data_status,
    provisional_hours,
    is_held_back,
    finding_rules
FROM days
