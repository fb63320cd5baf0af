CREATE TABLE IF NOT EXISTS iceberg.silver.unit_history (
    network_id varchar NOT NULL COMMENT '`NEM` (UTC+10) or `WEM` (UTC+8).',
    unit_code varchar NOT NULL COMMENT 'Code of the unit today, as in `silver.dim_unit`.',
    span integer NOT NULL COMMENT 'Number of the row within the unit, from 1, in the order of `known_from_utc` and then of `valid_from_utc`.',
    plant_id varchar NOT NULL COMMENT 'Plant that the unit belongs to today.',
    is_listed boolean NOT NULL COMMENT 'Whether the registry listed the unit then. It was last seen at the `known_to_utc` of its last listed row.',
    listed_as varchar COMMENT 'Code under which it was listed then; an alias where it is not `unit_code`.',
    listed_in varchar COMMENT 'Facility code under which it was listed then.',
    status_id varchar COMMENT 'State that the registry gave: `committed`, `commissioning`, `operating`, `retired`.',
    known_from_utc timestamp(6) with time zone NOT NULL COMMENT 'When the first answer that said so was fetched.',
    known_to_utc timestamp(6) with time zone COMMENT 'When the first answer that said otherwise was fetched; NULL = it still holds.',
    valid_from_utc timestamp(6) with time zone COMMENT 'First instant for which the unit counts by this row: what was said first counts from the start of commission, a change from `known_from_utc`, a reviewed change from its day. NULL = always.',
    valid_to_utc timestamp(6) with time zone COMMENT 'End (exclusive) of the same; NULL = still.',
    is_asked boolean COMMENT 'False for whole network-local days for which others of the network were asked and this unit was not (its facility was not named, or the unit was not listed yet): its hours are not expected. NULL in empty spans and in rows older than this column.',
    capacity_mw double COMMENT 'Capacity that the unit counts with in this span. [MW]',
    capacity_source varchar COMMENT 'As in `silver.dim_unit`.',
    said_capacity_mw double COMMENT 'Capacity that the registry gave: maximum, else registered. [MW]',
    is_doubted boolean NOT NULL COMMENT 'True where most of the unit''s history contradicts the capacity given, so that the last plausible one counts.',
    is_absence_certain boolean COMMENT 'Of a row that is not listed: whether three days of complete answers left the unit out, or others took its place; the unit is out of service then.',
    commencement_date date COMMENT 'First day of service as published, network-local.',
    commencement_specificity varchar COMMENT '`day`, `month`, `quarter` or `year`; NULL is a day.',
    closure_date date COMMENT 'Last day of service as published, network-local.',
    closure_specificity varchar COMMENT 'The same of `closure_date`.',
    has_readings boolean NOT NULL COMMENT 'Whether first and last reading were looked up, because the unit''s dates do not say when it began or ended.',
    first_reading_utc timestamp(6) with time zone COMMENT 'First hour with a value of the unit in Bronze; NULL where none was looked up or found.',
    last_reading_utc timestamp(6) with time zone COMMENT 'Last hour with a value of the unit in Bronze; NULL as before.',
    _updated_at timestamp(6) with time zone NOT NULL COMMENT 'When Silver last changed this row; unchanged rows keep it.'
)
COMMENT 'What the registry said of each unit and when, and for which hours the unit counts with which capacity. The units expected in an hour are the rows with `valid_from_utc` <= hour < `valid_to_utc` (NULL: no end) that are not `is_asked` = false; the spans of a unit never overlap. A saying that counts for no hour has an empty span.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    sorted_by = ARRAY['network_id', 'unit_code', 'span']
)
