"""The market operator's unit solution from landing to the losses: hours from intervals, and what they change."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from include.windows import HOUR, Window
from spark_jobs.losses.explain import explain
from tests.spark.lakehouse import Lakehouse, facility, hours, unit
from tests.spark.test_losses import SUN, weather_labels
from tests.unit.reports import dispatch

MIDNIGHT = datetime(2025, 1, 1, 14, tzinfo=UTC)
"""2 January in the NEM."""
NOON = 12
CLEAR = [0.09 * sun for sun in SUN * 4]


def intervals(first: int, last: int, unit_code: str = "STUB1", **values: Any) -> list[dict[str, Any]]:
    """Rows of the intervals that end from one hour of 2 January on up to another, without it."""
    day = datetime(2025, 1, 2, tzinfo=UTC)
    ends = (day + timedelta(hours=first, minutes=5 * number) for number in range(12 * (last - first)))
    return [dispatch(f"{end:%Y/%m/%d %H:%M}", unit_code, **values) for end in ends]


def explained(lakehouse: Lakehouse, column: str) -> list[Any]:
    """Values of 2 January by hour."""
    rows = lakehouse.rows("gold.plant_loss_hourly", "ts_utc", column)
    return [row[column] for row in rows if MIDNIGHT <= row["ts_utc"] < MIDNIGHT + 24 * HOUR]


def test_an_hour_is_twelve_intervals_and_what_was_taken_in_them_is_measured(lakehouse: Lakehouse) -> None:
    lakehouse.facilities(facility("STUBSF", unit("STUB1", 100.0)))
    energy: list[float | None] = [*CLEAR]
    energy[NOON : NOON + 2] = [60.0, 60.0]
    lakehouse.generation({"STUB1": hours(MIDNIGHT, energy)}, power=True)
    lakehouse.market({"NSW1": hours(MIDNIGHT, [60.0] * 96)})
    lakehouse.weather(weather_labels())
    lakehouse.load()
    lakehouse.load("om")
    lakehouse.normalize(MIDNIGHT, 96)
    whole = Window(MIDNIGHT, MIDNIGHT + 96 * HOUR)
    explain(lakehouse.spark, whole)
    before = lakehouse.rows("gold.plant_loss_hourly")
    assert set(explained(lakehouse, "curtailed_method")) == {"estimated_by_price"}

    # Noon as it was, but for one interval in which the operator intervened; then an hour of which eleven intervals came.
    rows = intervals(NOON, NOON + 1) + intervals(NOON + 1, NOON + 2)[:-1] + intervals(NOON, NOON + 1, "OTHER1")
    rows.append(dispatch("2025/01/02 12:30", cleared=30, INTERVENTION=1))
    request = lakehouse.unit_solution(date(2025, 1, 2), rows, ["STUB1"])
    lakehouse.load("aemo")

    bronze = lakehouse.rows("bronze.aemo_unit_solution_raw")
    assert len(bronze) == 24
    assert {row["unit_code"] for row in bronze} == {"STUB1"}
    (asked,) = [row for row in lakehouse.rows("bronze.api_requests") if row["source"] == "aemo_unit_solution"]
    assert (asked["outcome"], asked["rows"], asked["request_id"]) == ("ok", 24, request)
    assert asked["changed_hours"] == [MIDNIGHT + NOON * HOUR, MIDNIGHT + (NOON + 1) * HOUR]

    lakehouse.normalize(MIDNIGHT + 95 * HOUR)  # another window: what Bronze has gained waits for any run
    noon, one = lakehouse.rows("silver.fact_unit_solution_hourly")
    assert (noon["ts_utc"], noon["intervals"], noon["capped_intervals"]) == (MIDNIGHT + NOON * HOUR, 12, 12)
    assert (noon["uigf_mwh"], noon["cleared_mwh"], noon["curtailed_mwh"]) == (90.0, 57.5, 32.5)
    assert (one["intervals"], one["curtailed_mwh"]) == (11, 27.5)

    explain(lakehouse.spark, Window(MIDNIGHT + 95 * HOUR, MIDNIGHT + 96 * HOUR))
    assert explained(lakehouse, "loss_class")[NOON : NOON + 2] == ["curtailed_network", "underperforming"]
    assert explained(lakehouse, "curtailed_method")[NOON : NOON + 2] == ["measured", "estimated_by_price"]
    after = lakehouse.rows("gold.plant_loss_hourly")
    assert [row for row in after if row["ts_utc"] != MIDNIGHT + NOON * HOUR] == [
        row for row in before if row["ts_utc"] != MIDNIGHT + NOON * HOUR
    ]

    # The same again changes nothing, nor does a day without our units.
    lakehouse.unit_solution(date(2025, 1, 2), rows, ["STUB1"])
    lakehouse.unit_solution(date(2025, 1, 3), [], ["STUB1"])
    snapshots = lakehouse.snapshots("bronze.aemo_unit_solution_raw")
    lakehouse.load("aemo")
    assert lakehouse.snapshots("bronze.aemo_unit_solution_raw") == snapshots
    assert sorted(row["outcome"] for row in lakehouse.rows("bronze.api_requests") if row["source"] == "aemo_unit_solution") == [
        "empty",
        "ok",
        "ok",
    ]
