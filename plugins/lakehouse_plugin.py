"""Registers the project's classes with Airflow; the only file of this folder that Airflow executes itself.

The scheduler, the API server and the DAG processor find a timetable or deadline reference only if it stands here.
A change here needs a restart of the services.
"""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from plugins.deadlines import ScheduledHourEnd
from plugins.timetables import BackfillOnly, HourlyAfter, TimesOfDay


class LakehousePlugin(AirflowPlugin):
    """Timetables and deadline reference of the PV Lakehouse."""

    name = "pv_lakehouse"
    timetables = [HourlyAfter, TimesOfDay, BackfillOnly]  # noqa: RUF012 - Airflow's form
    deadline_references = [ScheduledHourEnd]  # noqa: RUF012
