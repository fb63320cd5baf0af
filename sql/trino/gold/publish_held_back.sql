-- Step 5 of a Gold build: publish which plant-days of the build are held back, in one atomic change; those that are not
-- any more go. Before the figures: whoever reads an old row finds here why it is old.
{% from 'gold/publish.jinja' import merge_built_days %}
{% set gold = gold_schema | default('iceberg.gold') %}
{% set staging = staging_schema | default('iceberg.staging') %}
{{ merge_built_days(
    gold, staging, run_suffix, 'held_back', ['plant_id', 'ds', 'check_name'],
    columns=['network_id', 'finding', 'finding_count'],
    first=['held_since', '_dag_id', '_run_id'],
) }}
