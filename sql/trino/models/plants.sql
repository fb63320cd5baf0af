-- A version's plants as they are judged outside of its window, with their places.
SELECT
    models.plant_id,
    plants.latitude,
    plants.longitude,
    models.method,
    models.mounting,
    models.is_mounting_decided,
    models.effective_dc_mw,
    models.ac_limit_mw,
    models.capacity_mw,
    models.bid_aud_mwh,
    models.days,
    models.hours,
    models.kept_hours,
    models.held_out_days,
    models.held_out_mae_share,
    models.held_out_bias_share,
    models._run_id,
    models._updated_at
FROM silver.plant_model AS models
LEFT JOIN silver.dim_plant AS plants
    ON models.plant_id = plants.plant_id
WHERE models.model_version = {{ model_version }} AND models.fold = 0
ORDER BY models.plant_id
