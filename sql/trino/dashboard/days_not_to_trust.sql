-- Which days can I not trust, and why?
-- Every plant-day with a reason to look again before it is shown to anybody.
WITH params AS (
    SELECT
        DATE '2025-01-01' AS first_day,
        DATE '2025-02-01' AS end_day
),

judged AS (
    SELECT
        plant_day.*,
        filter(
            ARRAY[
                if(plant_day.is_held_back, 'held back: the figures are of before'),
                if(plant_day.data_status IS NULL, 'never published'),
                if(plant_day.data_status = 'open', 'open: hours are still to come'),
                if(plant_day.data_status = 'provisional', 'provisional: energy or weather may still change'),
                if(plant_day.data_status = 'restated', 'restated: it was shown otherwise before'),
                if(plant_day.energy_completeness < 0.985e0, 'hours with weight are missing: no capacity factor'),
                if(plant_day.expected_mwh IS NULL, 'no expectation: no weather or capacity'),
                if(plant_day.expected_method IN ('prior', 'provisional'), 'expected by ' || plant_day.expected_method),
                if(plant_day.curtailed_method = 'no_market_data', 'no market data: curtailment is not named'),
                if(cardinality(plant_day.finding_rules) > 0, 'findings: ' || array_join(plant_day.finding_rules, ', '))
            ],
            reason -> reason IS NOT NULL
        ) AS reasons
    FROM gold.plant_loss_daily AS plant_day
    CROSS JOIN params
    WHERE plant_day.ds >= params.first_day AND plant_day.ds < params.end_day
)

SELECT
    plant_id,
    ds AS "day",
    data_status,
    round(energy_completeness, 3) AS energy_completeness,
    round(filled_share, 3) AS filled_share,
    array_join(reasons, '; ') AS reasons
FROM judged
WHERE cardinality(reasons) > 0
ORDER BY ds DESC, plant_id ASC
