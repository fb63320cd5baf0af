-- How a version did against the champion of its day.
SELECT
    comparison.compared_with,
    comparison.plants,
    comparison.days,
    comparison.mae_share,
    comparison.champion_mae_share,
    comparison.gain,
    comparison.standard_errors,
    comparison.is_better,
    comparison.reason
FROM silver.plant_model_comparison AS comparison
WHERE comparison.model_version = {{ model_version }}
