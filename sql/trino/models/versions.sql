-- Every version of the plant models with what it was compared with; read by tasks, and by `make model-rollback`.
SELECT
    models.model_version,
    min(models.role) AS version_role,
    min(models.fitted_from_utc) AS fitted_from_utc,
    max(models.fitted_to_utc) AS fitted_to_utc,
    min(comparison.compared_with) AS compared_with,
    coalesce(bool_or(comparison.is_better), FALSE) AS is_better,
    coalesce(min(comparison.reason), 'its comparison with the champion is missing') AS reason
FROM silver.plant_model AS models
LEFT JOIN silver.plant_model_comparison AS comparison
    ON models.model_version = comparison.model_version
GROUP BY models.model_version
ORDER BY models.model_version
