"""`silver.quality_findings`: read as findings, and brought to a new list of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pyspark.sql import SparkSession

from spark_jobs.merge import UPDATED_AT
from spark_jobs.silver.day_rules import standstill
from spark_jobs.silver.findings import Finding, hour_of, instant_of
from spark_jobs.silver.registry import Row, write_rows

TABLE = "silver.quality_findings"
SEVERITIES = {
    "doubled": "error",
    "shifted": "error",
    "frozen": "error",
    "night_generation": "error",
    "network_wide_gap": "error",
    "stopped_reporting": "warning",
    "late_energy": "warning",
    "incomplete_hour": "warning",
    "down": "info",
    "idle": "info",
    "night_rule_off": "info",
    "learnt_limit": "info",
}
"""By rule; those of other rules are about the registry."""
_MEASURED_IN_HOURS = frozenset({"down", "idle", "network_wide_gap"})
_MEASURED_IN_DAYS = frozenset({"night_rule_off", "stopped_reporting", "late_energy"})


def of_silver(spark: SparkSession) -> list[Row]:
    """Read the rows that the last run left."""
    rows: list[Row] = spark.table(TABLE).drop(UPDATED_AT).toArrow().to_pylist()
    return rows


def of_hours(rows: Iterable[Row]) -> list[Finding]:
    """Return the findings about hours among rows of the table, each run of zeros as one."""
    return standstill.whole(_finding(row) for row in rows if row["rule"] in SEVERITIES)


def write_findings(
    spark: SparkSession, wanted: Sequence[Finding], of_registry: Sequence[Row], stored: Sequence[Row], now: datetime
) -> tuple[int, int, int]:
    """Bring the table to these findings about hours and about the registry; return rows, written and deleted.

    Without a change there is no snapshot.
    """
    return write_rows(spark, TABLE, [*map(_row, standstill.named(wanted)), *of_registry], stored, now)


def _row(finding: Finding) -> Row:
    return {
        "plant_id": finding.plant_id,
        "unit_code": finding.unit_code,
        "rule": finding.rule,
        "from_utc": instant_of(finding.start),
        "to_utc": instant_of(finding.end),
        "severity": SEVERITIES[finding.rule],
        "value": _length(finding) if finding.value is None else finding.value,
        "bound": finding.bound,
        "cause": finding.cause,
    }


def _length(finding: Finding) -> float | None:
    hours = float(finding.end - finding.start)
    if finding.rule in _MEASURED_IN_DAYS:
        return hours / 24
    return hours if finding.rule in _MEASURED_IN_HOURS else None


def _finding(row: Mapping[str, Any]) -> Finding:
    start, end = (hour_of(row[name]) for name in ("from_utc", "to_utc"))
    value = None if row["rule"] in _MEASURED_IN_HOURS | _MEASURED_IN_DAYS else row["value"]
    return Finding(row["plant_id"], row["unit_code"], row["rule"], start, end, value, row["bound"], row["cause"])
