"""What runs are asked for by: names that the DAGs and every caller (commands, tests, other DAGs) share."""

HOURLY_DAGS = ("ingest_oe_bronze", "ingest_om_bronze", "silver_to_gold")
"""In the way of the data; the two ingests do not wait for each other."""

LAYERS = ("fetch", "landing", "bronze", "silver")
"""From which layer a rebuild starts (`from_layer`); what lies before it is taken as it is."""

RANGE_DAG = "rebuild_range"
"""Rebuilds the days that its parameters name; `make backfill` starts its runs."""

CONTINUE_DAG = "continue_backfill"
"""Goes on with what `make backfill` left for want of credits."""

LEFT_WINDOWS = "backfill_windows_left"
"""The Airflow variable with these windows, a JSON object in the order of the work: by name the command that asked for it."""

FIT_DAG, SET_MODEL_DAG = "fit_plant_models", "set_plant_model"
"""Fits plant models, by the week; sets one of its versions by hand (`make model-rollback`)."""
