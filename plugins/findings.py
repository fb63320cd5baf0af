"""What a Gold build found and a person must know: plant-days held back, networks fallen silent, regions that are incomplete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk.exceptions import AirflowFailException

from plugins.deadlines import send_alert
from plugins.operators import TrinoOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

# A log line of hundreds of plant-days is read by nobody; the table has them all.
SHOWN = 20


class FindingsReport(TrinoOperator):
    """Brings `gold.freshness`, `gold.control_totals` and `gold.unanswered_hours` up to date, and says what a build found.

    Plant-days held back and silent networks are said loudly by the first run to find them, regions whose plants do not make the
    source's total by a warning.

    `sql`: the statements that note freshness, totals and unanswered hours, then the queries of silent networks, of plant-days
    held back and of incomplete regions, each of which returns is_new and line.
    """

    def execute(self, context: Context) -> None:
        """Send an alert for a network that is newly silent, and log the rest.

        Raises AirflowFailException (no retry) naming the plant-days that this run has held back first.
        """
        _, _, _, silent, held_back, incomplete = map(self.run_statement, self.sql_files, self.sql)
        for is_new, line in silent:
            self.log.error("Silent%s: %s", "" if is_new else " since an earlier run", line)
            if is_new:
                send_alert(
                    {
                        "text": f"LATE: {line}. A run that is green does not mean fresh data, see gold.freshness.",
                        "dag_id": str(context["dag_run"].dag_id),
                        "run_id": str(context["dag_run"].run_id),
                    }
                )
        for is_new, line in held_back[:SHOWN]:
            self.log.warning("Held back%s: %s", "" if is_new else " since an earlier run", line)
        if len(held_back) > SHOWN:
            self.log.warning("Held back: %s more, see gold.held_back", len(held_back) - SHOWN)
        for is_new, line in incomplete:
            self.log.warning("Fleet incomplete%s: %s", "" if is_new else " since an earlier run", line)
        new = [line for is_new, line in held_back if is_new]
        if new:
            shown = "; ".join(new[:SHOWN]) + (f"; and {len(new) - SHOWN} more" if len(new) > SHOWN else "")
            raise AirflowFailException(f"Held back, all other plant-days are published: {shown}. See gold.held_back.")
