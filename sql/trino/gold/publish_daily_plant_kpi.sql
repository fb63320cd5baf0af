-- Step 6 of a Gold build: publish the daily figures of the days that were built, in one atomic change.
--
-- Before step 7: hours that are still unlike Silver make the next build come back to a day whose publication broke off.
{% from 'gold/publish.jinja' import merge_built_days %}
{% set gold = gold_schema | default('iceberg.gold') %}
{% set staging = staging_schema | default('iceberg.staging') %}
{{ merge_built_days(
    gold, staging, run_suffix, 'daily_plant_kpi', ['plant_id', 'ds'],
    columns=gold_columns.daily_plant_kpi | reject('equalto', '_run_id') | list,
    noted=['_run_id'],
) }}
