-- The snapshot of a Silver table that was the newest one at an instant; NULL when it has expired since.
SELECT max_by(history.snapshot_id, history.made_current_at) AS snapshot_id
FROM silver."{{ table_name }}$history" AS history
WHERE history.made_current_at <= from_iso8601_timestamp('{{ read_at }}')
