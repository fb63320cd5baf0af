-- Hourly values that cannot be, because Silver lets none through: it refuses units above 1.5 x capacity, either sign.
-- Blind to values that are wrong but plausible.
{% set staging = staging_schema | default('iceberg.staging') %}
SELECT
    plant_id,
    ds,
    network_id,
    format(
        'hour %s: energy %s MWh of %s accepted units, cf %s, GHI %s W/m2',
        ts_utc, energy_mwh, units_accepted, cf, ghi_w_m2
    ) AS finding
FROM {{ staging }}.stg_plant_weather_hourly_{{ run_suffix }}
WHERE
    cf NOT BETWEEN -1.5 AND 1.5
    -- Units out of commission are not counted, but what they made is, and so is their capacity.
    OR (energy_mwh IS NOT NULL AND coalesce(units_accepted, 0) = 0 AND accepted_capacity_mw IS NULL)
    OR ghi_w_m2 NOT BETWEEN -1 AND 1500
    OR date_trunc('hour', ts_utc) <> ts_utc
