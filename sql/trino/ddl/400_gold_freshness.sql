CREATE TABLE IF NOT EXISTS iceberg.gold.freshness (
    source varchar NOT NULL COMMENT 'As in `bronze.api_requests`: `oe_generation`.',
    network_id varchar NOT NULL COMMENT '`NEM` (UTC+10) or `WEM` (UTC+8).',
    newest_hour_utc timestamp(6) with time zone COMMENT 'Newest hour for which any plant of the network has a value; NULL when none ever came.',
    asked_until_utc timestamp(6) with time zone COMMENT 'Newest end of a window that a finished fetch of the last 40 days asked for, whatever came; NULL when there was none.',
    due_hours integer COMMENT 'Hours that are due and have no value of any plant: from the newest hour that came to the newest that was asked for, less 3 h for WEM. [h]',
    age_hours integer COMMENT 'From the end of the newest hour that came to the newest that was asked for. [h]',
    silent_since_utc timestamp(6) with time zone COMMENT 'End of the newest hour that came, while the network is silent for longer than it may be (3 h, WEM 26 h); else NULL.',
    late_since timestamp(6) with time zone COMMENT 'When a run first found that; NULL while the network is not silent.',
    _dag_id varchar COMMENT 'DAG of that run.',
    _run_id varchar COMMENT 'That run; it sent the alert.'
)
COMMENT 'How new the newest generation of each network is, against what was asked for: runs may be green while the source says nothing. Brought up to date by every Gold build.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    sorted_by = ARRAY['source', 'network_id']
)
