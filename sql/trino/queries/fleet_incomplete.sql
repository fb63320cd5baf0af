-- Every region with days that are not the source's own total: whether this run was the first to find one, and a line.
{% set gold = gold_schema | default('iceberg.gold') %}
SELECT
    bool_or(_dag_id = '{{ dag_id }}' AND _run_id = '{{ run_id }}') AS is_new,
    format(
        '%s: %s days from %s to %s do not make the source''s own total, the newest %s of it (%s of %s MWh, %s plants)',
        network_region, count(*), min(ds), max(ds),
        coalesce(format('%.3f', max_by(ratio, ds)), 'unknown'),
        format('%.1f', max_by(our_energy_raw_mwh, ds)), format('%.1f', max_by(energy_mwh, ds)),
        max_by(plants_reporting, ds)
    ) AS line
FROM {{ gold }}.control_totals
WHERE finding = 'fleet_incomplete'
GROUP BY network_id, network_region
ORDER BY max(ds) DESC, network_id ASC, network_region ASC
