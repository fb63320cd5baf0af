CREATE TABLE IF NOT EXISTS iceberg.bronze.api_requests (
    request_id varchar NOT NULL COMMENT 'Object key of the landing envelope, with the prefix `landing/`.',
    source varchar NOT NULL COMMENT '`oe_facilities`, `oe_generation`, `oe_market`, `oe_control`, `om_weather`, `om_air_quality`, `om_satellite` or `aemo_unit_solution`.',
    url varchar NOT NULL COMMENT 'Address that was asked, without query, key or headers.',
    window_start_utc timestamp(6) with time zone COMMENT 'First hour asked for (inclusive); NULL where the source has no time range.',
    window_end_utc timestamp(6) with time zone COMMENT 'End of the range asked for (exclusive); NULL where the source has no time range.',
    network_id varchar COMMENT 'Network asked for (`NEM`, `WEM`); NULL for weather.',
    dataset varchar COMMENT '`archive` or `forecast` for weather; NULL elsewhere.',
    run_id varchar NOT NULL COMMENT 'Airflow run that asked.',
    run_type varchar NOT NULL COMMENT '`scheduled`, `manual` or `backfill`; `unknown` where the envelope could not be read.',
    try_number integer COMMENT 'Which try of the task asked, from 1.',
    fetched_at timestamp(6) with time zone NOT NULL COMMENT 'When the answer, or its failure, was complete.',
    duration_ms bigint COMMENT 'From sending the request to the end of the answer. [ms]',
    http_status integer COMMENT 'Status of the answer; NULL when there was none (time-out, dropped connection).',
    outcome varchar NOT NULL COMMENT '`ok`, `partial` (some records are in `bronze.refused_records`), `empty`, `unauthorised`, `rate_limited`, `invalid` or `error`.',
    detail varchar COMMENT 'Why it is not `ok`: the source''s own message, or the JSON path that could not be read.',
    rows bigint NOT NULL COMMENT 'Rows read from the body: a value each for generation, a location and hour each for weather.',
    changed_rows bigint NOT NULL COMMENT 'Rows that this answer added to its Bronze table.',
    changed_hours array(timestamp(6) with time zone) NOT NULL COMMENT 'Hours (UTC, start) whose Bronze values this answer changed; Silver rebuilds them.',
    credits double NOT NULL COMMENT 'What the exchange cost of the source''s daily allowance. [credits]',
    api_version varchar COMMENT 'Version that the source named in its answer.',
    facility_codes array(varchar) COMMENT 'Facilities that were asked for by code; empty: all there are, or a source without facilities. NULL in rows of older loads.',
    is_complete boolean COMMENT 'Of a registry answer: whether what it does not name is not there. It was not asked for units in some states only, and as many facilities came as the source counted. Of generation: whether all of its energy and power could be read. NULL elsewhere.',
    excused_codes array(varchar) COMMENT 'Of a registry answer: facility and unit codes in records that could not be read; these units are named, not absent.',
    reader_version integer COMMENT 'Version of the reader that made its rows; NULL = before version 2. Envelopes that an older version read are read again by a run from the layer `landing`.',
    loaded_at timestamp(6) with time zone NOT NULL COMMENT 'When the Bronze job committed it; one instant per commit.'
)
COMMENT 'Every HTTP exchange with a source and what became of it. A refusal or an empty answer is an outcome, not a success. Written last by a Bronze job, so an envelope listed here is loaded.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    partitioning = ARRAY['day(fetched_at)'],
    sorted_by = ARRAY['source', 'fetched_at']
)
