-- The lines that `make demo` prints under the KPI table: why each plant's newest whole day was low, one line a plant.
{% set gold = gold_schema | default('iceberg.gold') %}
SELECT
    plant_id,
    ds AS "day",
    expected_method AS expected_by,
    curtailed_method AS curtailed_by,
    round(expected_mwh, 1) AS expected_mwh,
    round(energy_mwh, 1) AS energy_mwh,
    round(curtailed_economic_mwh, 1) AS economic_mwh,
    round(curtailed_network_mwh, 1) AS network_mwh,
    round(unavailable_mwh, 1) AS unavailable_mwh,
    round(stored_mwh, 1) AS stored_mwh,
    round(not_known_mwh, 1) AS not_known_mwh,
    round(unexplained_mwh, 1) AS unexplained_mwh,
    CASE main_loss
        WHEN 'none' THEN 'as the weather allowed'
        WHEN 'curtailed_economic' THEN 'stopped by low prices'
        WHEN 'curtailed_network' THEN 'limited by the network'
        WHEN 'unavailable' THEN 'outage of the whole plant'
        WHEN 'stored' THEN 'stored in its battery'
        WHEN 'not_known' THEN 'its energy did not come'
        WHEN 'unexplained' THEN 'not explained: the weather, or a part of the plant'
        ELSE 'nothing to compare with: no weather or capacity'
    END AS main_reason
FROM (
    SELECT
        *,
        row_number() OVER (PARTITION BY plant_id ORDER BY ds DESC) AS nth_newest
    FROM {{ gold }}.plant_loss_daily
    WHERE data_status <> 'open'
) AS days
WHERE nth_newest = 1
ORDER BY plant_id
