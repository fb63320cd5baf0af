"""Which days a build comes back to, and what a publication changes, on a real Trino."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest

from include.contracts import load
from tests.sql.gold_build import (
    BUILT_AT,
    CLEAN,
    PUBLISH,
    GoldBuild,
    Row,
    day_window,
    hour_window,
    instant,
    nem_day,
    plant,
    unit,
    wem_day,
)

pytestmark = pytest.mark.stack

DAY = nem_day("2025-01-01")
NEXT_DAY = nem_day("2025-01-02")
LATER = BUILT_AT + timedelta(hours=3)
FAR_AWAY = hour_window(nem_day("2024-06-01"))
"""A window that touches none of the days under test: what is built then, was found to be behind Silver."""


def given_one_plant(gold: GoldBuild) -> None:
    gold.put("silver.dim_plant", plant())
    gold.put("silver.dim_unit", unit())


def comparable(table: str, rows: list[Row]) -> list[Row]:
    return [{name: row[name] for name in load(table).comparable_columns} for row in rows]


def change(gold: GoldBuild, assignments: str, where: str, table: str = "silver.fact_generation_hourly") -> None:
    """What a later Silver job does: new values, new `_updated_at`."""
    gold.execute(f"UPDATE {gold.table(table)} SET {assignments}, _updated_at = {instant(LATER)} WHERE {where}")


def test_open_day_is_closed_by_a_run_of_a_later_day(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put_generation(DAY, [50.0] * 20)
    gold.run(hour_window(DAY + timedelta(hours=19)))
    assert gold.kpi("2025-01-01")["is_open_day"] is True

    gold.put_generation(NEXT_DAY, [0.0])  # the last four hours of the day never came
    gold.run(hour_window(NEXT_DAY))

    row = gold.kpi("2025-01-01")
    assert (row["is_open_day"], row["expected_unit_hours"], row["accepted_unit_hours"]) == (False, 24, 20)
    assert (row["missingness"], row["cf"]) == (pytest.approx(4 / 24), pytest.approx(1000 / 2400))  # they are of the night


@pytest.mark.long
def test_order_of_hourly_runs_does_not_matter(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put("silver.dim_plant", plant("MERREDIN", "WEM"))
    gold.put("silver.dim_unit", unit("MERREDIN", network_id="WEM"))
    starts = [DAY + timedelta(hours=h) for h in (22, 23, 24)]
    results = []
    for order in (starts, [starts[2], starts[0], starts[1]]):
        for table in ("silver.fact_generation_hourly", "gold.plant_weather_hourly", "gold.daily_plant_kpi"):
            gold.execute(f"DELETE FROM {gold.table(table)}")
        for start in order:
            hour = (start - DAY).total_seconds() / 3600
            gold.put_generation(start, [hour])
            gold.put_generation(start, [hour / 2], "MERREDIN")
            gold.run(hour_window(start))
        results.append(
            (
                comparable("gold.daily_plant_kpi", gold.kpis()),
                comparable("gold.plant_weather_hourly", gold.hours()),
            )
        )
    assert len(results[0][0]) == 3  # two NEM days, one WEM day
    assert results[0] == results[1]


def test_first_run_builds_all_that_silver_holds(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put_generation(DAY, [50.0] * 72)

    gold.run(FAR_AWAY)

    assert [row["ds"].day for row in gold.kpis()] == [1, 2, 3]


CASES = ("REVISED", "UNTOUCHED", "WEATHERED", "ENLARGED", "JOINED", "GONE", "SILENT", "HOLED", "EMPTIED", "NEWEST")
"""Plants of which each is in commission on one day only, the first on the first: what is done to one makes one day stale."""


def day_of(case: str) -> datetime:
    return DAY + timedelta(days=CASES.index(case))


def of_the_day(case: str, plant_id: str) -> Row:
    """A unit of a plant that is in commission on the day of a case."""
    return unit(plant_id, commissioned_from_utc=day_of(case), retired_from_utc=day_of(case) + timedelta(days=1))


@dataclass(frozen=True)
class Later:
    """Gold after a run of other hours, by plant; each plant has one day."""

    kpis: dict[str, Row]
    hours: dict[str, list[Row]]


@pytest.fixture(scope="module")
def later(gold_build: GoldBuild) -> Later:
    """Everything published once; then Silver changed in a way of its own for each plant, and a run of other hours."""
    gold, besides = gold_build, ("JOINED", "GONE", "SILENT")
    plants = [case for case in CASES if case != "JOINED"]
    gold.put("silver.dim_plant", *map(plant, plants), plant("LAST", "WEM"))
    gold.put("silver.dim_unit", *(of_the_day(case, case) for case in plants), unit("LAST", network_id="WEM"))
    for case in besides:  # a plant that makes the day one that Silver covers
        gold.put("silver.dim_plant", plant(f"{case}2"))
        gold.put("silver.dim_unit", of_the_day(case, f"{case}2"))
        gold.put_generation(day_of(case), [50.0] * 24, f"{case}2")
    for case in plants:
        if case != "SILENT":
            gold.put_generation(day_of(case), [50.0] * 24, case)
    gold.put_generation(wem_day("2025-01-01"), [50.0] * 24, "LAST")
    gold.run(FAR_AWAY, "first")
    assert {row["plant_id"] for row in gold.kpis()} == {*plants, *(f"{case}2" for case in besides), "LAST"}

    change(gold, "energy_mwh = 60e0, revision = 1", f"plant_id = 'REVISED' AND ts_utc = {instant(DAY)}")
    gold.put_weather(day_of("WEATHERED"), [500.0] * 24, "WEATHERED")
    change(gold, "capacity_mw = 120e0", "plant_id = 'ENLARGED'", "silver.dim_unit")
    gold.put("silver.dim_plant", plant("JOINED"))
    gold.put("silver.dim_unit", of_the_day("JOINED", "JOINED"))
    for table in ("silver.dim_plant", "silver.dim_unit", "silver.fact_generation_hourly"):
        gold.execute(f"DELETE FROM {gold.table(table)} WHERE plant_id IN ('GONE', 'SILENT', 'LAST')")
    facts = gold.table("silver.fact_generation_hourly")
    gold.execute(f"DELETE FROM {facts} WHERE plant_id = 'EMPTIED' OR (plant_id = 'HOLED' AND hour(ts_utc) = 3)")
    gold.run(FAR_AWAY, "later")

    kpis, hours = {row["plant_id"]: row for row in gold.kpis()}, defaultdict(list)
    for row in gold.hours():
        hours[row["plant_id"]].append(row)
    gold.empty()
    return Later(kpis, dict(hours))


def test_whatever_silver_changed_outside_the_window_is_built_too(later: Later) -> None:
    row = later.kpis["REVISED"]
    assert (row["energy_mwh"], row["revised_hours"], row["_run_id"]) == (1210.0, 1, "later")


def test_what_silver_did_not_change_is_left_alone(later: Later) -> None:
    assert [later.kpis[case]["_run_id"] for case in ("UNTOUCHED", "NEWEST")] == ["first", "first"]


def test_late_weather_is_built_too(later: Later) -> None:
    assert later.kpis["WEATHERED"]["insolation_kwh_m2"] == 12.0
    assert {row["ghi_w_m2"] for row in later.hours["WEATHERED"]} == {500.0}


def test_revised_registry_reaches_the_past(later: Later) -> None:
    assert later.kpis["ENLARGED"]["capacity_mw"] == 120.0


def test_plant_that_joins_the_registry_gets_its_days(later: Later) -> None:
    assert later.kpis["JOINED"]["missingness"] == 1.0


def test_plant_that_left_silver_leaves_gold(later: Later) -> None:
    assert {"GONE", "LAST"}.isdisjoint(later.kpis)
    assert {"GONE", "LAST"}.isdisjoint(later.hours)


def test_silent_plant_that_left_the_registry_leaves_gold(later: Later) -> None:
    """No hour tells of it: only its KPI rows do."""
    assert "SILENT" not in later.kpis
    assert "SILENT2" in later.kpis


def test_hour_that_left_silver_leaves_gold(later: Later) -> None:
    assert len(later.hours["HOLED"]) == 23
    assert (later.kpis["HOLED"]["energy_mwh"], later.kpis["HOLED"]["accepted_unit_hours"]) == (1150.0, 23)


def test_day_that_left_silver_leaves_gold(later: Later) -> None:
    assert "EMPTIED" not in later.kpis
    assert "EMPTIED" not in later.hours


def test_nothing_new_writes_nothing(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put("silver.dim_plant", plant("THIRDS"))
    gold.put("silver.dim_unit", unit("THIRDS"))
    gold.put_generation(DAY, [hour / 3 for hour in range(24)])
    gold.put_generation(DAY, [hour / 7 for hour in range(20)], "THIRDS")
    gold.put_generation(NEXT_DAY, [0.1] * 5)  # an open day, built again by every run
    gold.put_weather(DAY, [hour / 9 for hour in range(24)])
    gold.run(day_window(DAY), run_id="first")
    snapshots = [gold.snapshots("gold.daily_plant_kpi"), gold.snapshots("gold.plant_weather_hourly")]

    gold.run((DAY, DAY + timedelta(days=2)), run_id="second")

    assert [gold.snapshots("gold.daily_plant_kpi"), gold.snapshots("gold.plant_weather_hourly")] == snapshots
    assert {row["_run_id"] for row in gold.kpis()} == {"first"}


def test_only_changed_rows_are_written(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put("silver.dim_plant", plant("STEADY"))
    gold.put("silver.dim_unit", unit("STEADY"))
    gold.put_generation(DAY, [50.0] * 24)
    gold.put_generation(DAY, [50.0] * 24, "STEADY")
    gold.run(day_window(DAY), run_id="first")

    change(gold, "energy_mwh = NULL, units_accepted = 0, accepted_capacity_mw = NULL", "plant_id = 'NYNGAN' AND hour(ts_utc) = 3")
    gold.run(day_window(DAY), run_id="second")

    assert (gold.kpi("2025-01-01")["_run_id"], gold.kpi("2025-01-01", "STEADY")["_run_id"]) == ("second", "first")


def test_publication_that_broke_off_halfway_is_taken_up_by_any_later_run(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put_generation(DAY, [50.0] * 24)
    gold.stage(day_window(DAY), "broken")
    assert gold.findings(day_window(DAY), "broken") == []
    for path in PUBLISH[:2]:
        gold.execute(gold.sql(path, day_window(DAY), "broken"))
    change(gold, "energy_mwh = 60e0", "hour(ts_utc) = 3")

    gold.run(FAR_AWAY)

    assert gold.kpi("2025-01-01")["energy_mwh"] == 1210.0
    assert sum(row["energy_mwh"] for row in gold.hours()) == 1210.0


def test_every_step_may_be_tried_again(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put_generation(DAY, [50.0] * 24)
    window = day_window(DAY)

    for _ in range(2):
        gold.stage(window)
        assert gold.findings(window) == []
    for path in (*PUBLISH, *PUBLISH, *CLEAN, *CLEAN):
        gold.execute(gold.sql(path, window, "run"))

    assert (len(gold.kpis()), len(gold.hours())) == (1, 24)
    assert gold.kpi("2025-01-01")["energy_mwh"] == 1200.0


def test_two_runs_staged_side_by_side_publish_each_day_once(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put_generation(DAY, [50.0] * 48)
    one, two = day_window(DAY), day_window(NEXT_DAY)

    for run, window in (("one", one), ("two", two)):
        gold.stage(window, run)
        assert gold.findings(window, run) == []
    for run, window in (("two", two), ("one", one)):
        for path in PUBLISH:
            gold.execute(gold.sql(path, window, run))

    assert [row["ds"].day for row in gold.kpis()] == [1, 2]
    assert len(gold.hours()) == 48


@pytest.mark.long
def test_backlog_is_worked_off_a_month_at_a_time_newest_first(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put_generation(nem_day("2024-12-01"), [50.0] * 24 * 40)

    gold.run(FAR_AWAY)
    assert [row["ds"] for row in gold.kpis()] == [date(2024, 12, 10) + timedelta(days=n) for n in range(31)]

    gold.run(FAR_AWAY)
    assert len(gold.kpis()) == 40


@pytest.mark.long
def test_window_of_thousands_of_hours_is_one_build(gold: GoldBuild) -> None:
    given_one_plant(gold)
    start = nem_day("2024-01-01")
    gold.put_generation(start, [50.0] * 24 * 84)

    gold.run((start, start + timedelta(days=84)))

    kpis = gold.kpis()
    assert len(kpis) == 84
    assert {(row["cf"], row["missingness"]) for row in kpis} == {(0.5, 0.0)}


def test_a_day_between_its_two_publications_is_not_among_the_consistent_ones(gold: GoldBuild) -> None:
    window = (DAY, NEXT_DAY + timedelta(days=1))
    given_one_plant(gold)
    gold.put_generation(DAY, [50.0] * 48)
    gold.run(window)
    gold.execute(gold.sql("views/daily_plant_kpi_consistent.sql", window, "run"))
    shown = f"SELECT ds FROM {gold.table('gold.daily_plant_kpi')}_consistent ORDER BY ds"
    assert [f"{row['ds']}" for row in gold.execute(shown)] == ["2025-01-01", "2025-01-02"]

    gold.execute(f"UPDATE {gold.table('gold.daily_plant_kpi')} SET publication_id = 'next' WHERE ds = DATE '2025-01-02'")

    assert [f"{row['ds']}" for row in gold.execute(shown)] == ["2025-01-01"]


def test_every_version_of_a_days_figures_is_kept_with_its_time(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put("silver.dim_plant", plant("STEADY"))
    gold.put("silver.dim_unit", unit("STEADY"))
    gold.put_generation(DAY, [50.0] * 24)
    gold.put_generation(DAY, [50.0] * 24, "STEADY")
    gold.run(day_window(DAY), "first")
    change(gold, "energy_mwh = 60e0", "plant_id = 'NYNGAN' AND hour(ts_utc) = 3")
    gold.run(day_window(DAY), "second")
    gold.run(day_window(DAY), "third")  # nothing has changed

    versions = gold.execute(f"SELECT * FROM {gold.table('gold.kpi_history')} ORDER BY plant_id, published_from")
    assert [(row["plant_id"], row["energy_mwh"], row["_run_id"], row["published_to"] is None) for row in versions] == [
        ("NYNGAN", 1200.0, "first", False),
        ("NYNGAN", 1210.0, "second", True),
        ("STEADY", 1200.0, "first", True),
    ]
    assert versions[0]["published_to"] == versions[1]["published_from"]
    assert versions[0]["publication_id"] != versions[1]["publication_id"]


def test_a_plant_days_rows_in_both_tables_name_one_publication(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put_generation(DAY, [50.0] * 24)
    gold.run(day_window(DAY), "first")
    first = gold.kpi("2025-01-01")["publication_id"]
    assert {row["publication_id"] for row in gold.hours()} == {first}

    change(gold, "revision = revision", "hour(ts_utc) = 3")  # a later job that changed nothing
    gold.run(day_window(DAY), "second")
    assert gold.kpi("2025-01-01")["publication_id"] == first

    change(gold, "energy_mwh = 60e0", "hour(ts_utc) = 3")
    gold.run(day_window(DAY), "third")
    second = gold.kpi("2025-01-01")["publication_id"]
    assert second != first
    assert {row["publication_id"] for row in gold.hours()} == {second}
