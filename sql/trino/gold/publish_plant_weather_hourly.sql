-- Step 7 of a Gold build: publish the hours of the days that were built, in one atomic change.
--
-- The last publication: once these hours agree with Silver, no later build looks at them again by itself.
{% from 'gold/publish.jinja' import merge_built_days %}
{% set gold = gold_schema | default('iceberg.gold') %}
{{ merge_built_days(
    gold, run_suffix, 'plant_weather_hourly', ['plant_id', 'ts_utc'],
    columns=[
        'ds',
        'ts_local',
        'network_id',
        'energy_mwh',
        'power_mw',
        'capacity_mw',
        'accepted_capacity_mw',
        'cf',
        'ghi_w_m2',
        'dni_w_m2',
        'dhi_w_m2',
        'temperature_c',
        'wind_speed_m_s',
        'cloud_cover_pct',
        'solar_elevation_deg',
        'expected_output_index',
        'weather_is_provisional',
        'quality_flags',
        'units_expected',
        'units_accepted',
        '_silver_updated_at',
    ],
) }}
