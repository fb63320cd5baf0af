"""Tells Airflow's command line about `airflow dags backfill` (entry point group `apache_airflow_provider`).

Airflow loads this at the start of every command and service, so it imports nothing heavy.
"""

from __future__ import annotations

from typing import Any


def get_provider_info() -> dict[str, Any]:
    """Return the provider's description in the form that Airflow's schema asks for."""
    return {
        "package-name": "pv-lakehouse",
        "name": "PV Lakehouse",
        "description": "`airflow dags backfill` of the PV Lakehouse.",
        "versions": ["0.1.0"],
        "cli": ["plugins.backfill_command.get_commands"],
    }
