-- Step 6 of a Gold build: publish the daily figures of the days that were built, in one atomic change.
--
-- Before step 7: hours that are still unlike Silver make the next build come back to a day whose publication broke off.
{% from 'gold/publish.jinja' import merge_built_days %}
{% set gold = gold_schema | default('iceberg.gold') %}
{{ merge_built_days(
    gold, run_suffix, 'daily_plant_kpi', ['plant_id', 'ds'],
    columns=[
        'plant_name',
        'network_id',
        'energy_mwh',
        'capacity_mw',
        'cf',
        'missingness',
        'expected_unit_hours',
        'accepted_unit_hours',
        'latency_minutes',
        'latency_max_minutes',
        'weather_missingness',
        'insolation_kwh_m2',
        'specific_yield_mwh_per_mw',
        'partial_hours',
        'suspect_hours',
        'rejected_hours',
        'revised_hours',
        'is_open_day',
        '_silver_updated_at',
    ],
    noted=['_run_id'],
) }}
