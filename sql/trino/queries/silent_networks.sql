-- Every network that is silent now: whether this run was the first to find it so, and one line.
{% set gold = gold_schema | default('iceberg.gold') %}
SELECT
    _dag_id = '{{ dag_id }}' AND _run_id = '{{ run_id }}' AS is_new,
    format(
        '%s has said nothing of %s h that were asked for (%s), its newest hour is %s',
        network_id, age_hours, source, coalesce(cast(newest_hour_utc AS varchar), 'unknown: none ever came')
    ) AS line
FROM {{ gold }}.freshness
WHERE silent_since_utc IS NOT NULL
ORDER BY source, network_id
