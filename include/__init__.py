"""The Airflow-free library: API clients, landing envelopes, windows, settings, table contracts, solar geometry.

Nothing here imports Airflow or opens a Spark session.
"""
