"""Which days a build comes back to, and what a publication changes, on a real Trino.

What can be told from the rows that stand in Gold after three runs is tested on these; each case has plants, and a network where
its hours matter, of its own.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest

from include.contracts import load
from tests.sql.gold_build import (
    BUILT_AT,
    CLEAN,
    PUBLISH,
    GoldBuild,
    Published,
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


CASES = ("REVISED", "UNTOUCHED", "WEATHERED", "ENLARGED", "JOINED", "GONE", "SILENT", "HOLED", "EMPTIED", "NEWEST")
"""Plants of which each is in commission on one day only, the first on the first: what is done to one makes one day stale."""
BESIDES = ("JOINED", "GONE", "SILENT")
"""Cases with a second plant, which makes the day one that Silver covers."""


def day_of(case: str) -> datetime:
    return DAY + timedelta(days=CASES.index(case))


def of_the_day(case: str, plant_id: str) -> Row:
    """A unit of a plant that is in commission on the day of a case."""
    return unit(plant_id, commissioned_from_utc=day_of(case), retired_from_utc=day_of(case) + timedelta(days=1))


@dataclass(frozen=True)
class Runs:
    """Gold after each run: of all that Silver held, when Silver had changed in a way of its own for each case, and of all days
    once more, with nothing new.

    `third_wrote`: whether it made a snapshot of either table. `versions`: `gold.kpi_history` after it. `consistent`: days of one
    plant in the view of consistent days, then, and when the daily figures of one had been published alone.
    """

    first: Published
    second: Published
    third: Published
    third_wrote: bool
    versions: list[Row]
    consistent: tuple[list[str], list[str]]


@pytest.fixture(scope="module")
def runs(gold_build: GoldBuild) -> Runs:
    gold = gold_build

    def run(window: tuple[datetime, datetime], run_id: str) -> Published:
        gold.run(window, run_id)
        return gold.published()

    def snapshots() -> tuple[int, int]:
        return gold.snapshots("gold.daily_plant_kpi"), gold.snapshots("gold.plant_weather_hourly")

    put_one_day_for_each_case(gold)
    put_other_networks(gold)
    first = run(FAR_AWAY, "first")
    change_each_case(gold)
    change_other_networks(gold)
    second, before = run(FAR_AWAY, "second"), snapshots()
    third = run((DAY, DAY + timedelta(days=len(CASES))), "third")
    written = snapshots() != before
    versions = gold.execute(f"SELECT * FROM {gold.table('gold.kpi_history')} ORDER BY plant_id, published_from")
    runs = Runs(first, second, third, written, versions, consistent_days(gold, "WHOLE"))
    gold.empty()
    return runs


def put_one_day_for_each_case(gold: GoldBuild) -> None:
    plants = [case for case in CASES if case != "JOINED"]
    gold.put("silver.dim_plant", *map(plant, plants), plant("LAST", "WEM"))
    gold.put("silver.dim_unit", *(of_the_day(case, case) for case in plants), unit("LAST", network_id="WEM"))
    for case in BESIDES:
        gold.put("silver.dim_plant", plant(f"{case}2"))
        gold.put("silver.dim_unit", of_the_day(case, f"{case}2"))
        gold.put_generation(day_of(case), [50.0] * 24, f"{case}2")
    for case in plants:
        if case != "SILENT":
            gold.put_generation(day_of(case), [50.0] * 24, case)
    gold.put_generation(wem_day("2025-01-01"), [50.0] * 24, "LAST")


def change_each_case(gold: GoldBuild) -> None:
    change(gold, "energy_mwh = 60e0, revision = 1", f"plant_id = 'REVISED' AND ts_utc = {instant(DAY)}")
    gold.put_weather(day_of("WEATHERED"), [500.0] * 24, "WEATHERED")
    change(gold, "capacity_mw = 120e0", "plant_id = 'ENLARGED'", "silver.dim_unit")
    gold.put("silver.dim_plant", plant("JOINED"))
    gold.put("silver.dim_unit", of_the_day("JOINED", "JOINED"))
    for table in ("silver.dim_plant", "silver.dim_unit"):
        gold.execute(f"DELETE FROM {gold.table(table)} WHERE plant_id IN ('GONE', 'SILENT', 'LAST')")
    gold.execute(
        f"DELETE FROM {gold.table('silver.fact_generation_hourly')} WHERE plant_id IN ('GONE', 'SILENT', 'LAST', 'EMPTIED') "
        "OR (plant_id = 'HOLED' AND hour(ts_utc) = 3)"
    )


def put_other_networks(gold: GoldBuild) -> None:
    gold.put_plant("OPEN", "OPEN")
    gold.put_generation(DAY, [50.0] * 20, "OPEN")

    gold.put_plant("WHOLE", "WHOLE")
    gold.put_generation(DAY, [50.0] * 72, "WHOLE")

    gold.put_plant("NINTHS", "FRACTIONS")
    gold.put_generation(DAY, [hour / 3 for hour in range(24)], "NINTHS")
    gold.put_weather(DAY, [hour / 9 for hour in range(24)], "NINTHS")
    gold.put_plant("SEVENTHS", "FRACTIONS")
    gold.put_generation(DAY, [hour / 7 for hour in range(20)], "SEVENTHS")
    gold.put_generation(NEXT_DAY, [0.1] * 5, "NINTHS")  # an open day, built again by every run

    for plant_id in ("STEADY", "RISEN", "LACKING", "STAMPED"):
        gold.put_plant(plant_id, "VERSIONS")
        gold.put_generation(DAY, [50.0] * 24, plant_id)


def change_other_networks(gold: GoldBuild) -> None:
    gold.put_generation(NEXT_DAY, [0.0], "OPEN")  # the last four hours of the day never came
    at_three = "hour(ts_utc) = 3 AND plant_id = "
    change(gold, "energy_mwh = 60e0", f"{at_three}'RISEN'")
    change(gold, "energy_mwh = NULL, units_accepted = 0, accepted_capacity_mw = NULL", f"{at_three}'LACKING'")
    change(gold, "revision = revision", f"{at_three}'STAMPED'")  # a later job that changed nothing


def consistent_days(gold: GoldBuild, plant_id: str) -> tuple[list[str], list[str]]:
    """Days in the view, and when the daily figures of 2 January had been published alone."""
    gold.execute(gold.sql("views/1_daily_plant_kpi_consistent.sql", FAR_AWAY, "run"))
    kpis = gold.table("gold.daily_plant_kpi")

    def shown() -> list[str]:
        return [
            f"{row['ds']}" for row in gold.execute(f"SELECT ds FROM {kpis}_consistent WHERE plant_id = '{plant_id}' ORDER BY ds")
        ]

    before = shown()
    gold.execute(f"UPDATE {kpis} SET publication_id = 'next' WHERE plant_id = '{plant_id}' AND ds = DATE '2025-01-02'")
    return before, shown()


def test_open_day_is_closed_by_a_run_of_another_day(runs: Runs) -> None:
    assert runs.first.kpi("OPEN")["is_open_day"] is True

    row = runs.second.kpi("OPEN")
    assert (row["is_open_day"], row["expected_unit_hours"], row["accepted_unit_hours"]) == (False, 24, 20)
    assert (row["missingness"], row["cf"]) == (pytest.approx(4 / 24), pytest.approx(1000 / 2400))  # they are of the night


def test_first_run_builds_all_that_silver_holds(runs: Runs) -> None:
    assert [row["ds"].day for row in runs.first.days("WHOLE")] == [1, 2, 3]
    plants = {row["plant_id"] for row in runs.first.kpis if row["network_id"] in {"NEM", "WEM"}}
    assert plants == {*CASES, *(f"{case}2" for case in BESIDES), "LAST"} - {"JOINED"}


def test_whatever_silver_changed_outside_the_window_is_built_too(runs: Runs) -> None:
    row = runs.second.kpi("REVISED")
    assert (row["energy_mwh"], row["revised_hours"], row["_run_id"]) == (1210.0, 1, "second")


def test_what_silver_did_not_change_is_left_alone(runs: Runs) -> None:
    assert [row["_run_id"] for case in ("UNTOUCHED", "NEWEST") for row in runs.second.days(case)] == ["first", "first"]


def test_late_weather_is_built_too(runs: Runs) -> None:
    assert runs.second.days("WEATHERED")[0]["insolation_kwh_m2"] == 12.0
    assert {row["ghi_w_m2"] for row in runs.second.hours_of("WEATHERED")} == {500.0}


def test_revised_registry_reaches_the_past(runs: Runs) -> None:
    assert runs.second.days("ENLARGED")[0]["capacity_mw"] == 120.0


def test_plant_that_joins_the_registry_gets_its_days(runs: Runs) -> None:
    assert runs.second.days("JOINED")[0]["missingness"] == 1.0


@pytest.mark.parametrize("plant_id", ["GONE", "LAST"])
def test_plant_that_left_silver_leaves_gold(runs: Runs, plant_id: str) -> None:
    assert runs.first.hours_of(plant_id)
    assert (runs.second.days(plant_id), runs.second.hours_of(plant_id)) == ([], [])


def test_silent_plant_that_left_the_registry_leaves_gold(runs: Runs) -> None:
    """No hour tells of it: only its KPI rows do."""
    assert (runs.first.hours_of("SILENT"), runs.second.days("SILENT")) == ([], [])
    assert runs.second.days("SILENT2")


def test_hour_that_left_silver_leaves_gold(runs: Runs) -> None:
    (row,) = runs.second.days("HOLED")
    assert len(runs.second.hours_of("HOLED")) == 23
    assert (row["energy_mwh"], row["accepted_unit_hours"]) == (1150.0, 23)


def test_day_that_left_silver_leaves_gold(runs: Runs) -> None:
    assert (runs.second.days("EMPTIED"), runs.second.hours_of("EMPTIED")) == ([], [])


def test_nothing_new_writes_nothing(runs: Runs) -> None:
    assert not runs.third_wrote
    assert runs.third == runs.second
    assert [row["_run_id"] for plant_id in ("NINTHS", "SEVENTHS") for row in runs.third.days(plant_id)] == ["first"] * 4


def test_only_changed_rows_are_written(runs: Runs) -> None:
    assert (runs.second.kpi("LACKING")["_run_id"], runs.second.kpi("STEADY")["_run_id"]) == ("second", "first")


def test_every_version_of_a_days_figures_is_kept_with_its_time(runs: Runs) -> None:
    versions = [row for row in runs.versions if row["plant_id"] in {"RISEN", "STEADY"}]
    assert [(row["plant_id"], row["energy_mwh"], row["_run_id"], row["published_to"] is None) for row in versions] == [
        ("RISEN", 1200.0, "first", False),
        ("RISEN", 1210.0, "second", True),
        ("STEADY", 1200.0, "first", True),
    ]
    assert versions[0]["published_to"] == versions[1]["published_from"]
    assert versions[0]["publication_id"] != versions[1]["publication_id"]


def test_a_plant_days_rows_in_both_tables_name_one_publication(runs: Runs) -> None:
    def publication(published: Published, plant_id: str) -> str:
        (name,) = {row["publication_id"] for row in (*published.days(plant_id), *published.hours_of(plant_id))}
        return str(name)

    assert publication(runs.second, "STAMPED") == publication(runs.first, "STAMPED")
    assert publication(runs.second, "RISEN") != publication(runs.first, "RISEN")


def test_a_day_between_its_two_publications_is_not_among_the_consistent_ones(runs: Runs) -> None:
    assert runs.consistent == (["2025-01-01", "2025-01-02", "2025-01-03"], ["2025-01-01", "2025-01-03"])


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
