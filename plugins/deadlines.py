"""Late runs: from when a run counts as late, and who is told (Airflow 3's form of an SLA).

Only scheduled runs can be late. A backfill or a run by hand is for old hours; an alert for each would be noise.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import BaseDeadlineReference, DeadlineAlert

from include.settings import SettingsError, read_settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

log = logging.getLogger(__name__)

# A chat service that is slow must not hold the triggerer's thread for long.
WEBHOOK_TIMEOUT_SECONDS = 10


class ScheduledHourEnd(BaseDeadlineReference):
    """The end of a scheduled run's data interval; no deadline for any other run."""

    required_kwargs = {"dag_id", "run_id"}  # noqa: RUF012 - Airflow's form

    def _evaluate_with(self, *, session: Session, dag_id: str, run_id: str) -> datetime | None:
        from airflow.models import DagRun
        from airflow.utils.types import DagRunType
        from sqlalchemy import select

        run = session.scalar(select(DagRun).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id))
        if run is None or run.run_type != DagRunType.SCHEDULED:
            return None
        return run.data_interval_end  # type: ignore[no-any-return]


def gold_late() -> DeadlineAlert:
    """Alert of the DAG that publishes Gold, after `PV_GOLD_LATE_AFTER_MINUTES`."""
    minutes = read_settings().pv_gold_late_after_minutes
    return late_after(minutes, f"Gold has the hour within {minutes} minutes of its end")


def late_after(minutes: int, promise: str) -> DeadlineAlert:
    """Alert when a scheduled run has not succeeded so many minutes after the end of its hour.

    The callback runs in the triggerer: when the task slots are what is blocked, the alert still goes out.
    """
    return DeadlineAlert(
        name=promise,
        reference=ScheduledHourEnd(),
        interval=timedelta(minutes=minutes),
        callback=AsyncCallback(report_late_run, kwargs={"promise": promise}),
    )


async def report_late_run(promise: str, context: dict[str, Any]) -> None:
    """Log a late run and POST it to `PV_ALERT_WEBHOOK_URL` if that is set. A webhook that fails is logged."""
    message = late_message(promise, context["dag_run"], context["deadline"])
    log.error(message["text"])
    await asyncio.to_thread(send_alert, message)


def late_message(promise: str, dag_run: dict[str, Any], deadline: dict[str, Any]) -> dict[str, str]:
    """Return the alert's body: `text` is understood by the usual chat services, the rest by programs."""
    fields = {
        "dag_id": str(dag_run["dag_id"]),
        "run_id": str(dag_run["dag_run_id"]),
        "state": str(dag_run.get("state")),
        "data_interval_end": str(dag_run.get("data_interval_end")),
        "deadline": str(deadline.get("deadline_time")),
        "promise": promise,
    }
    text = "LATE: {promise}. Run {run_id} of {dag_id} ({state}) missed {deadline}".format(**fields)
    return {"text": text, **fields}


def send_alert(message: dict[str, str]) -> None:
    """POST a message (`text`, `run_id`, …) to `PV_ALERT_WEBHOOK_URL` if that is set. A webhook that fails is logged."""
    import requests

    try:
        url = read_settings().pv_alert_webhook_url
        if url is not None:
            requests.post(url.get_secret_value(), json=message, timeout=WEBHOOK_TIMEOUT_SECONDS).raise_for_status()
    except (SettingsError, requests.RequestException) as error:
        # The URL of a chat webhook is a secret, and requests puts it into its messages.
        log.error(
            "The alert of run %s was logged but not sent to PV_ALERT_WEBHOOK_URL: %s", message["run_id"], type(error).__name__
        )
