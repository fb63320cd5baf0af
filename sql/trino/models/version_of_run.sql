-- The version that a run of fit_plant_models wrote: NULL where it wrote none.
SELECT max(comparison.model_version) AS model_version
FROM silver.plant_model_comparison AS comparison
WHERE comparison._run_id = '{{ fit_run_id }}'
