CREATE TABLE IF NOT EXISTS iceberg.silver.plant_model_comparison (
    model_version integer NOT NULL COMMENT 'The challenger; joins with `silver.plant_model`.',
    compared_with integer NOT NULL COMMENT 'The champion''s version; 0 is the registry''s prior.',
    plants integer NOT NULL COMMENT 'Plants that both could be judged for.',
    days integer NOT NULL COMMENT 'Held-out days over which they are paired.',
    mae_share double COMMENT 'The challenger''s mean absolute error as a share of capacity, mean over plants and days; NULL without a held-out day. [ratio]',
    champion_mae_share double COMMENT 'The champion''s over the same hours. [ratio]',
    gain double COMMENT '1 − `mae_share` ÷ `champion_mae_share`. [ratio]',
    standard_errors double COMMENT 'Mean of the daily differences by their standard error. [ratio]',
    is_better boolean NOT NULL COMMENT 'Better by more than 2 % and by more than two standard errors, over at least 14 days: it becomes champion.',
    reason varchar NOT NULL COMMENT 'Why or why not, in words.',
    _run_id varchar NOT NULL COMMENT 'Airflow run that fitted it.',
    _updated_at timestamp(6) with time zone NOT NULL COMMENT 'When the fit wrote this row.'
)
COMMENT 'How each fit compares with the model that was champion when it was made, over the same held-out days, and what followed from it.'
WITH (
    format = 'PARQUET',
    format_version = 2,
    sorted_by = ARRAY['model_version']
)
