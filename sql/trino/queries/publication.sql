-- What Gold holds for a run's window after its publication: one row per table, for the report to MLflow.
-- Days are counted from the westernmost network's first to the easternmost network's last (UTC+8, UTC+10).
SELECT
    'plant_weather_hourly' AS table_name,
    count(*) AS row_count,
    count(DISTINCT plant_id) AS plant_count,
    (
        SELECT refs.snapshot_id
        FROM iceberg.gold."plant_weather_hourly$refs" AS refs
        WHERE refs.name = 'main'
    ) AS snapshot_id
FROM iceberg.gold.plant_weather_hourly
WHERE
    ts_utc >= from_iso8601_timestamp('{{ window_start }}')
    AND ts_utc < from_iso8601_timestamp('{{ window_end }}')
UNION ALL
SELECT
    'daily_plant_kpi' AS table_name,
    count(*) AS row_count,
    count(DISTINCT plant_id) AS plant_count,
    (
        SELECT refs.snapshot_id
        FROM iceberg.gold."daily_plant_kpi$refs" AS refs
        WHERE refs.name = 'main'
    ) AS snapshot_id
FROM iceberg.gold.daily_plant_kpi
WHERE
    ds >= cast(from_iso8601_timestamp('{{ window_start }}') + INTERVAL '8' HOUR AS date)
    AND ds <= cast(from_iso8601_timestamp('{{ window_end }}') + INTERVAL '9' HOUR AS date)
