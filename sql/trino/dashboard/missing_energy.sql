-- Where is energy missing, and why?
-- Unit-hours by reason from the ledger, and what was expected in hours whose energy did not come. The latter is read
-- from the hours themselves: the view of days joins more than this needs.
WITH params AS (
    SELECT
        DATE '2025-01-01' AS first_day,
        DATE '2025-02-01' AS end_day
),

hours AS (
    SELECT
        ledger.plant_id,
        sum(ledger.expected_hours) AS expected_hours,
        sum(ledger.received_hours) AS received_hours,
        sum(ledger.refused_hours) AS refused_hours,
        sum(ledger.withdrawn_hours) AS withdrawn_hours,
        sum(ledger.source_empty_hours) AS source_empty_hours,
        sum(ledger.source_error_hours) AS source_error_hours,
        sum(ledger.unit_silent_hours) AS unit_silent_hours,
        sum(ledger.network_wide_gap_hours) AS network_wide_gap_hours,
        sum(ledger.not_asked_hours) AS not_asked_hours
    FROM gold.completeness_ledger AS ledger
    CROSS JOIN params
    WHERE ledger.ds >= params.first_day AND ledger.ds < params.end_day AND ledger.source = 'generation'
    GROUP BY ledger.plant_id
),

energy AS (
    SELECT
        loss.plant_id,
        sum(loss.not_known_mwh) AS missing_mwh,
        sum(loss.expected_mwh) AS expected_mwh
    FROM gold.plant_loss_hourly AS loss
    CROSS JOIN params
    WHERE loss.ds >= params.first_day AND loss.ds < params.end_day
    GROUP BY loss.plant_id
)

SELECT
    hours.*,
    round(energy.missing_mwh, 1) AS missing_mwh,
    round(100 * energy.missing_mwh / nullif(energy.expected_mwh, 0), 1) AS missing_pct
FROM hours
LEFT JOIN energy ON hours.plant_id = energy.plant_id
WHERE hours.received_hours < hours.expected_hours OR hours.not_asked_hours > 0
ORDER BY energy.missing_mwh DESC NULLS LAST, hours.plant_id ASC
