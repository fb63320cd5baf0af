-- Makes a version the champion and the one before it a former one, at once; done already, it changes no row.
-- Of version 0, the registry's prior, there are no rows: then there is no champion.
UPDATE silver.plant_model
SET role = CASE WHEN model_version = {{ model_version }} THEN 'champion' ELSE 'former' END
WHERE (role = 'champion') <> (model_version = {{ model_version }})
