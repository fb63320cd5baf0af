-- Daily figures that cannot be: shares outside 0..1, energy of no accepted unit-hour, a capacity factor of a day that
-- is too incomplete to have one, or one that no solar farm has. Blind to values that are wrong but plausible.
{% set staging = staging_schema | default('iceberg.staging') %}
SELECT
    plant_id,
    ds,
    network_id,
    format(
        'energy %s MWh, cf %s, %s of %s unit-hours accepted, missingness %s, weather missingness %s, insolation %s',
        energy_mwh, cf, accepted_unit_hours, expected_unit_hours, missingness, weather_missingness, insolation_kwh_m2
    ) AS finding
FROM {{ staging }}.stg_daily_plant_kpi_{{ run_suffix }}
WHERE
    missingness IS NULL
    OR missingness NOT BETWEEN 0 AND 1
    OR weather_missingness NOT BETWEEN 0 AND 1
    OR energy_completeness NOT BETWEEN 0 AND 1 + 1e-9
    OR weather_completeness NOT BETWEEN 0 AND 1 + 1e-9
    OR expected_unit_hours < 1
    OR cf NOT BETWEEN -1.5 AND 1.5
    OR (cf IS NOT NULL AND energy_completeness < 0.985)
    OR (accepted_unit_hours > 0 AND energy_mwh IS NULL)
    OR insolation_kwh_m2 NOT BETWEEN 0 AND 15
