-- Which models judge my farms, and how good are they?
-- The champion's row of each farm, or the registry's prior where it has none. held_out_error_pct is the mean absolute
-- error of days that the fit had not seen, in per cent of capacity; bias above 0 expects too much.
SELECT
    plant.plant_id,
    plant.plant_name,
    plant.is_hybrid,
    plant.capacity_mw,
    model.days,
    model.held_out_days,
    comparison.reason AS why_it_is_champion,
    cast(model.fitted_to_utc AS date) AS fitted_to,
    coalesce(model.method, 'prior') AS method,
    coalesce(model.model_version, 0) AS model_version,
    if(model.is_mounting_decided, model.mounting, model.mounting || ', not decided') AS mounting,
    round(model.effective_dc_mw, 1) AS effective_dc_mw,
    round(model.ac_limit_mw, 1) AS ac_limit_mw,
    round(model.bid_aud_mwh, 0) AS bid_aud_mwh,
    round(100 * model.held_out_mae_share, 2) AS held_out_error_pct,
    round(100 * model.held_out_bias_share, 1) AS held_out_bias_pct
FROM gold.dim_plant AS plant
LEFT JOIN silver.plant_model AS model ON plant.plant_id = model.plant_id AND model.role = 'champion' AND model.fold = 0
LEFT JOIN silver.plant_model_comparison AS comparison ON model.model_version = comparison.model_version
WHERE plant.status <> 'retired'
ORDER BY held_out_error_pct DESC NULLS FIRST, plant.plant_id ASC
