CREATE TABLE IF NOT EXISTS iceberg.silver.quality_findings (
    plant_id varchar NOT NULL COMMENT 'OpenElectricity''s facility code; of a finding on a whole network its code, `NEM` or `WEM`.',
    unit_code varchar NOT NULL COMMENT 'OpenElectricity''s code of the unit (DUID); of a finding on a whole plant that of the plant, on a whole network `*`.',
    rule varchar NOT NULL COMMENT 'Refused, the energy is left out: `doubled` (energy is twice the power, or above capacity where no power says so), `shifted` (hours under labels that are one or two too late or too early), `frozen` (one value that reaches into the night), `night_generation`. Not there: `network_wide_gap` (an answer lacks hours of a whole network), `stopped_reporting` (whole days on which a unit said nothing and others did). Kept, with a flag: `incomplete_hour`. Kept without a flag: `late_energy` (energy of a whole network comes after dusk), `down` (the third to the sixth day without generation), `idle` (the seventh and later ones), `night_rule_off` (output from the third night hour on is usual, as of a plant that sells stored energy, and not judged: a suspected hybrid), `learnt_limit` (what a unit of a plant without a known capacity is held against). `capacity_suspect`: the unit''s accepted hours contradict the capacity that the registry gives (`cause` says how), and the last plausible one counts.',
    from_utc timestamp(6) with time zone NOT NULL COMMENT 'Start of the first hour, as a UTC instant.',
    to_utc timestamp(6) with time zone COMMENT 'End of the last hour (exclusive); NULL = it still holds.',
    severity varchar NOT NULL COMMENT '`error`: values are refused, or did not come from anybody; `warning`: values are used and are doubtful, or are missing; `info`: values are used as they are.',
    value double COMMENT 'What was found. `doubled`: energy by power, NULL without power; `shifted`: by how many hours the labels are too late; `frozen`: the value in MWh; `night_generation`: the highest value in MWh; `incomplete_hour`: energy by power of the flagged hours of the day; `network_wide_gap`, `down`, `idle`: hours; `stopped_reporting`, `late_energy`: days; `night_rule_off`: nights; `learnt_limit`: 99.9th percentile of the unit''s hours in MWh; `capacity_suspect`: the capacity given, in MW. [that of the rule]',
    bound double COMMENT 'What it was held against, in the unit of `value`; of `capacity_suspect` the capacity that counts. [that of the rule]',
    cause varchar COMMENT 'Of `capacity_suspect`: `registry_contradicted` (more than half of the productive hours are above 1.5 × the capacity given) or `absurd_rise` (it is at least 5 × the last plausible one, which fewer than three hours since exceed by 5 %). Of `doubled`: `without_power` where no power proves it. NULL for other rules.',
    _updated_at timestamp(6) with time zone NOT NULL COMMENT 'When Silver last changed this row; unchanged rows keep it.'
)
COMMENT 'What Silver''s rules found that concerns more than one hour of a unit: whole runs of refused hours, hours that did not come or came in part, and what is only worth knowing. Made from Bronze alone, as the hours are.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    sorted_by = ARRAY['plant_id', 'unit_code', 'from_utc']
)
