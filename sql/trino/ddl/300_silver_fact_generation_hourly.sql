CREATE TABLE IF NOT EXISTS iceberg.silver.fact_generation_hourly (
    plant_id varchar NOT NULL COMMENT 'OpenElectricity''s facility code.',
    ts_utc timestamp(6) with time zone NOT NULL COMMENT 'Start of the hour the row describes, as a UTC instant.',
    energy_mwh double COMMENT 'Sum of the accepted units'' energy; NULL when no unit was accepted. Zero is a value. [MWh]',
    power_mw double COMMENT 'Sum of the accepted units'' mean power; NULL when there is none. [MW]',
    capacity_mw double COMMENT 'Capacity of the units in commission in this hour. [MW]',
    accepted_capacity_mw double COMMENT 'Capacity of the units whose energy was accepted. [MW]',
    units_expected integer NOT NULL COMMENT 'Units in commission in this hour.',
    units_accepted integer NOT NULL COMMENT 'Units with an energy value that was not rejected.',
    units_rejected integer NOT NULL COMMENT 'Units whose energy value was rejected; see `silver.rejected_rows`.',
    quality_flags array(varchar) NOT NULL COMMENT 'Doubts about the hour, sorted: `above_capacity` (more than 1.05 × capacity), `incomplete_hour` (a part of the hour did not come), `negative` (below -0.5 % of capacity), `partial_hour` (a unit has no accepted value), `withdrawal_unconfirmed` (one answer after the value no longer gave it); empty when there are none.',
    accepted_share double COMMENT 'Share of the hour that was accepted, 0 to 1: a unit counts 0 without an accepted value, energy by power in an `incomplete_hour`, else 1; units in commission weigh by capacity, alike where one''s is unknown. NULL when none is in commission. [ratio]',
    energy_raw_mwh double COMMENT 'Sum of all that was said of the plant''s units for this hour, refused values included; NULL when nothing was. [MWh]',
    market_value_aud double COMMENT 'Sum of the market values of the units whose energy is in `energy_mwh`, each the newest one: five-minute energy × regional price, without loss factors and contracts; may be negative. NULL where a unit that made energy has none, as its share is unknown, and where no unit has one (not asked, or before it was). A unit that made nothing (energy 0 or less) and has none counts 0. [AUD]',
    revision integer NOT NULL COMMENT 'How often the source changed its answer for this hour after the first one, or took it back (once more when a second answer confirmed that); 0 = never.',
    first_ingest_time timestamp(6) with time zone NOT NULL COMMENT 'When the first value of this hour was fetched.',
    first_run_type varchar NOT NULL COMMENT 'Kind of run that first brought the hour.',
    material_revision integer COMMENT 'How many answers changed the energy of a unit by more than 0.5 % and 0.1 MWh, took it back or gave it back; the first value of a unit is none.',
    complete_ingest_time timestamp(6) with time zone COMMENT 'When the last of the units in commission had its first value of this hour; NULL while one has none.',
    complete_run_type varchar COMMENT 'Kind of run that brought that value; latency counts only `scheduled` ones.',
    last_ingest_time timestamp(6) with time zone NOT NULL COMMENT 'When the newest version used here was fetched.',
    _updated_at timestamp(6) with time zone NOT NULL COMMENT 'When Silver last changed this row; unchanged rows keep it.'
)
COMMENT 'Hourly generation of each plant: the sum of its units, newest version, with what was rejected and what is doubtful. A row exists where any unit of the plant has an observation, also a null one; nothing is filled in.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    partitioning = ARRAY['day(ts_utc)'],
    sorted_by = ARRAY['plant_id', 'ts_utc']
)
