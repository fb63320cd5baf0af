"""What runs are asked for by: names that the DAGs and every caller (commands, tests, other DAGs) share."""

HOURLY_DAGS = ("ingest_oe_bronze", "ingest_om_bronze", "silver_to_gold")
"""In the way of the data; the two ingests do not wait for each other."""

LAYERS = ("fetch", "landing", "bronze", "silver")
"""From which layer a rebuild starts (`from_layer`); what lies before it is taken as it is."""
