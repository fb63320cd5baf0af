CREATE TABLE IF NOT EXISTS iceberg.silver.plant_model (
    model_version integer NOT NULL COMMENT 'Number of the fit, from 1 on; 0 stands for the registry''s prior, of which there are no rows.',
    plant_id varchar NOT NULL COMMENT 'OpenElectricity''s facility code.',
    fold integer NOT NULL COMMENT '0: fitted to the whole window, for the hours outside of it. From 1 on: fitted without the week from `judged_from_utc` to `judged_to_utc`, for the hours of that week, so that no hour is judged by a fit that has seen it.',
    role varchar NOT NULL COMMENT '`champion`, `challenger` (the newest fit, not yet or not better), `former` (was champion once) or `refused` (a challenger that a newer fit has followed); one for all rows of a version.',
    fitted_from_utc timestamp(6) with time zone NOT NULL COMMENT 'Start of the fitted window.',
    fitted_to_utc timestamp(6) with time zone NOT NULL COMMENT 'End of the fitted window (exclusive).',
    judged_from_utc timestamp(6) with time zone COMMENT 'First hour of the week that the fold leaves out and judges; NULL for fold 0.',
    judged_to_utc timestamp(6) with time zone COMMENT 'End of that week (exclusive); NULL for fold 0.',
    method varchar NOT NULL COMMENT '`fitted` (60 days with energy or more), `provisional` (30 to 59) or `prior` (fewer: the registry''s capacity alone).',
    mounting varchar NOT NULL COMMENT '`tracker` or `fixed`: whichever explains the plant''s hours better.',
    is_mounting_decided boolean NOT NULL COMMENT 'Whether it explains them better by at least 5 % of the loss; otherwise the energy does not tell the mounting.',
    effective_dc_mw double NOT NULL COMMENT 'DC power times efficiency, which hourly energy cannot tell apart. [MW]',
    ac_limit_mw double NOT NULL COMMENT 'What the plant does not exceed: the 99.5th percentile of its own hours, or of the prior 0.95 of its capacity. [MW]',
    capacity_mw double NOT NULL COMMENT 'Capacity in the last fitted hour; where it differs in a judged hour, effective DC power and AC limit scale with it. [MW]',
    bid_aud_mwh double COMMENT 'Price at or below which the plant stops, learnt from up to a year of hours; NULL where it does not, or not so that it shows. [AUD/MWh]',
    days integer NOT NULL COMMENT 'Network-local days of the window with accepted energy.',
    hours integer NOT NULL COMMENT 'Sunlit hours with energy and weather that were read.',
    kept_hours integer NOT NULL COMMENT 'Of these, those that were not left out as curtailed or broken; 0 for the prior.',
    held_out_days integer NOT NULL COMMENT 'Days of the window that could be judged by the folds; 0 in rows of folds.',
    held_out_mae_share double COMMENT 'Mean absolute error of the folds'' expected energy over those days'' hours, as a share of capacity; NULL where there are none. [ratio]',
    held_out_bias_share double COMMENT 'Expected energy by energy, less 1, over the same hours that were neither curtailed nor broken by the fit''s own view. [ratio]',
    _run_id varchar NOT NULL COMMENT 'Airflow run that fitted it.',
    _updated_at timestamp(6) with time zone NOT NULL COMMENT 'When the fit wrote this row.'
)
COMMENT 'What each plant should make under its weather: effective DC power, AC limit, mounting and bid, by version of the fit. The one version whose role is `champion` is what hours are judged by; without one, or for a plant that it lacks, the registry''s prior.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    sorted_by = ARRAY['model_version', 'plant_id', 'fold']
)
