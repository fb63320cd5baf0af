"""Bronze keeps every change of an answer, whatever the order in which envelopes reach it."""

from tests.spark.lakehouse import NOON, Lakehouse, hours


def energy(lakehouse: Lakehouse, code: str = "U1") -> list[float | None]:
    rows = lakehouse.spark.table("bronze.oe_generation_hourly_raw").where(f"unit_code = '{code}' AND metric = 'energy'")
    return [row.value for row in rows.orderBy("ts_utc", "_ingest_time").collect()]


def test_an_answer_that_changes_and_changes_back_is_three_rows(lakehouse: Lakehouse) -> None:
    for value in (10.0, 10.0, 12.0, 12.0, 10.0):
        lakehouse.generation({"U1": hours(NOON, [value])})
        lakehouse.load()
    assert energy(lakehouse) == [10.0, 12.0, 10.0]
