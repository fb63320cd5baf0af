-- Every plant-day that is held back now, the newest first: whether this run was the first to hold it back, and a line.
{% set gold = gold_schema | default('iceberg.gold') %}
SELECT
    _dag_id = '{{ dag_id }}' AND _run_id = '{{ run_id }}' AS is_new,
    format(
        'plant %s, day %s: %s: %s%s',
        plant_id, ds, check_name, finding, if(finding_count > 1, format(' (and %s more)', finding_count - 1), '')
    ) AS line
FROM {{ gold }}.held_back
ORDER BY ds DESC, plant_id ASC, check_name ASC
