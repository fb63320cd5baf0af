"""Find what shows only over weeks and months: `judge_months.py --run-id ID`.

Reads all hours that there are and brings `gold.loss_findings` to what they say of plants whose energy does not fit their weather,
and of capacities that cannot be right. Hours that a backfill brought are judged by the next run, and any run may be done again.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from pyspark.sql import SparkSession

from spark_jobs.losses.capacity_findings import capacity_findings
from spark_jobs.losses.weather_findings import weather_findings
from spark_jobs.merge import UPDATED_AT
from spark_jobs.session import open_session
from spark_jobs.silver.registry import write_rows

TABLE = "gold.loss_findings"


def judge_months(spark: SparkSession, now: datetime | None = None) -> tuple[int, int, int]:
    """Bring the table to what the hours say; return rows, written and deleted. Without a change there is no snapshot."""
    plants = spark.table("silver.dim_plant").select("plant_id", "network_id").toArrow().to_pylist()
    networks = {plant["plant_id"]: plant["network_id"] for plant in plants}
    found = weather_findings(spark, networks) + capacity_findings(spark, networks)
    stored = spark.table(TABLE).drop(UPDATED_AT).toArrow().to_pylist()
    return write_rows(spark, TABLE, found, stored, now or datetime.now(UTC))


def main(argv: Sequence[str] | None = None) -> None:
    """Run the job."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run-id", required=True, help="the Airflow run")
    arguments = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(levelname)s %(name)s: %(message)s")
    with open_session("judge_months") as spark:
        rows, written, deleted = judge_months(spark)
        print(f"run {arguments.run_id}: {TABLE} has {rows} rows, {written} written, {deleted} deleted")


if __name__ == "__main__":
    main()
