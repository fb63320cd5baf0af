"""Runs of hours that are found and refused, whatever order they come in."""

from datetime import UTC, datetime

import pytest

from include.windows import HOUR, Window
from tests.spark.lakehouse import Lakehouse, facility, hours, unit
from tests.spark.silver_tables import everything
from tests.weeks_of_runs import DAYS, START, energy_and_power


def test_what_did_not_come_is_one_finding_of_its_network_or_unit(lakehouse: Lakehouse) -> None:
    # Given three plants over three days, an hour that no answer has, and one plant that says nothing on the second day
    start = datetime(2025, 1, 1, 14, tzinfo=UTC)
    lakehouse.facilities(*[facility(code, unit(f"{code}1")) for code in ("A", "B", "C")])
    said = {start + number * HOUR: 5.0 for number in range(72) if number != 60}
    silent = {hour: value for hour, value in said.items() if not 24 <= (hour - start) // HOUR < 48}
    lakehouse.generation({"A1": silent, "B1": said, "C1": said}, power=True, window=Window(start, start + 72 * HOUR))
    lakehouse.load()

    # When they are built, the hour is found 30 hours after it
    columns = ("plant_id", "unit_code", "rule", "from_utc", "to_utc", "severity", "value")
    stopped = ("A", "A1", "stopped_reporting", start + 24 * HOUR, start + 48 * HOUR, "warning", 1.0)
    gap = ("NEM", "*", "network_wide_gap", start + 60 * HOUR, start + 61 * HOUR, "error", 1.0)
    for age, found in ((29, [stopped]), (31, [stopped, gap])):
        lakehouse.normalize(start, 72, now=start + (60 + age) * HOUR)
        rows = lakehouse.rows("silver.quality_findings", *columns, where="rule IN ('network_wide_gap', 'stopped_reporting')")
        assert [tuple(row.values()) for row in rows] == found


@pytest.mark.long
def test_runs_of_weeks_are_the_same_whatever_order_their_pieces_come_in(lakehouse: Lakehouse) -> None:
    # Given 64 days with a run of every kind
    start, days = START, DAYS
    energy, power = energy_and_power()
    lakehouse.facilities(*[facility(name, unit(name, None if name == "OPEN" else 101.0)) for name in power])
    landed = {}
    for first, last in ((0, 18), (18, 33), (33, days)):
        at = start + first * 24 * HOUR
        piece = [{name: hours(at, series[first * 24 : last * 24]) for name, series in of.items()} for of in (energy, power)]
        key = lakehouse.generation(piece[0], power=piece[1], fetched_at=datetime(2025, 8, 1, tzinfo=UTC))
        landed[key] = (lakehouse.root / key).read_bytes()

    # When they are built at once
    lakehouse.load()
    lakehouse.normalize(start)
    at_once = everything(lakehouse)

    # Then each is one finding
    day = 24 * HOUR
    found = [
        tuple(row.values())
        for row in lakehouse.rows("silver.quality_findings", "plant_id", "rule", "from_utc", "to_utc", "value")
    ]
    assert found == [
        ("FROZEN", "frozen", start + 30 * day + 14 * HOUR, start + 33 * day + 4 * HOUR, 60.76),
        ("OPEN", "learnt_limit", start + 60 * day, datetime(2025, 7, 1, tzinfo=UTC), 70.0),
        ("OPEN", "learnt_limit", datetime(2025, 7, 1, tzinfo=UTC), datetime(2025, 8, 1, tzinfo=UTC), 70.0),
        ("STILL", "down", start + 12 * day, start + 16 * day, 96.0),
        ("STILL", "idle", start + 16 * day, start + 50 * day, 816.0),
        ("STORED", "night_rule_off", start + day + 12 * HOUR, start + 51 * day + 12 * HOUR, 50.0),
        ("THINNED", "incomplete_hour", start + 30 * day + 11 * HOUR, start + 30 * day + 12 * HOUR, 0.5),
        ("TWICE", "doubled", start + 15 * day + 10 * HOUR, start + 40 * day + 12 * HOUR, 2.0),
    ]
    refused = lakehouse.spark.table("silver.rejected_rows").groupBy("unit_code", "reason").count().collect()
    assert {tuple(row) for row in refused} == {
        ("FROZEN", "frozen", 62),
        ("TWICE", "doubled", 25 * 24 + 2),
        ("OPEN", "above_capacity_limit", 1),
    }

    # And on empty tables, the middle first, the end, the start
    for key in landed:
        (lakehouse.root / key).unlink()
    lakehouse.empty_tables()
    for key in [list(landed)[number] for number in (1, 2, 0)]:
        (lakehouse.root / key).write_bytes(landed[key])
        lakehouse.load()
        lakehouse.normalize(start)
    assert everything(lakehouse) == at_once
