"""`silver.quality_findings`: read as findings, and brought to a new list of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from spark_jobs.silver.findings import Finding, hour_of, instant_of
from spark_jobs.silver.registry import write_rows

TABLE = "silver.quality_findings"
SEVERITIES = {
    "doubled": "error",
    "frozen": "error",
    "night_generation": "error",
    "incomplete_hour": "warning",
    "idle": "info",
    "night_rule_off": "info",
    "learnt_limit": "info",
}
"""By rule; findings of other rules in the table are not touched here."""
_MEASURED_BY_LENGTH = frozenset({"idle", "night_rule_off"})


def of_silver(spark: SparkSession) -> list[Finding]:
    """Read what the last run left of these rules."""
    rows = spark.table(TABLE).where(F.col("rule").isin(*SEVERITIES)).toArrow().to_pylist()
    return [_finding(row) for row in rows]


def write_findings(
    spark: SparkSession, wanted: Sequence[Finding], stored: Sequence[Finding], now: datetime
) -> tuple[int, int, int]:
    """Bring the table to `wanted`; return rows, written and deleted. Without a change there is no snapshot."""
    return write_rows(spark, TABLE, [_row(finding) for finding in wanted], [_row(finding) for finding in stored], now)


def _row(finding: Finding) -> dict[str, Any]:
    hours = float(finding.end - finding.start)
    length = hours / 24 if finding.rule == "night_rule_off" else hours
    return {
        "plant_id": finding.plant_id,
        "unit_code": finding.unit_code,
        "rule": finding.rule,
        "from_utc": instant_of(finding.start),
        "to_utc": instant_of(finding.end),
        "severity": SEVERITIES[finding.rule],
        "value": length if finding.value is None else finding.value,
        "bound": finding.bound,
    }


def _finding(row: Mapping[str, Any]) -> Finding:
    start, end = (hour_of(row[name]) for name in ("from_utc", "to_utc"))
    value = None if row["rule"] in _MEASURED_BY_LENGTH else row["value"]
    return Finding(row["plant_id"], row["unit_code"], row["rule"], start, end, value, row["bound"])
