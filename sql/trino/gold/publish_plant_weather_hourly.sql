-- Step 7 of a Gold build: publish the hours of the days that were built, in one atomic change.
--
-- After the daily figures: once these hours agree with Silver, no later build looks at them again by itself. Hours of
-- another publication than their day's figures are known by their `publication_id`.
{% from 'gold/publish.jinja' import merge_built_days %}
{% set gold = gold_schema | default('iceberg.gold') %}
{% set staging = staging_schema | default('iceberg.staging') %}
{{ merge_built_days(
    gold, staging, run_suffix, 'plant_weather_hourly', ['plant_id', 'ts_utc'],
    columns=gold_columns.plant_weather_hourly,
    only='staged.is_known',
    of_the_day=['publication_id'],
) }}
