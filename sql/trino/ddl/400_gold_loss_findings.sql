CREATE TABLE IF NOT EXISTS iceberg.gold.loss_findings (
    plant_id varchar NOT NULL COMMENT 'OpenElectricity''s facility code.',
    rule varchar NOT NULL COMMENT '`weather_mismatch`: energy does not fit the weather, also on the best days of 30. Judged are days with a fitted expectation of which at least half was expected of hours in service. `capacity_suspect`: the best accepted hours of a year are far below the capacity that the registry gives, or those of five days are above it; it counts all the same.',
    from_utc timestamp(6) with time zone NOT NULL COMMENT 'Start of the first network-local day, as a UTC instant.',
    to_utc timestamp(6) with time zone COMMENT 'End of the last one (exclusive); NULL where it reaches into the newest two months of the plant.',
    severity varchar NOT NULL COMMENT '`warning`: values are used and are doubtful.',
    value double NOT NULL COMMENT 'What was found. `weather_mismatch`: the 80th percentile of the daily energy ÷ expected energy of the 30 days that are furthest outside; days weigh what was expected of them. `capacity_suspect`: the 99.9th percentile of energy ÷ capacity of twelve months. [that of the rule]',
    bound double NOT NULL COMMENT 'What it was held against: 0.8 or 1.2; of `capacity_suspect` 0.7 or 1.02. [that of the rule]',
    cause varchar COMMENT 'Of `capacity_suspect`: `hours_contradict`. NULL for other rules.',
    _updated_at timestamp(6) with time zone NOT NULL COMMENT 'When it last changed; unchanged rows keep it.'
)
COMMENT 'What shows only over weeks and months of a plant''s hours. Made again of all hours every week, after plant models were fitted.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    sorted_by = ARRAY['plant_id', 'rule', 'from_utc']
)
