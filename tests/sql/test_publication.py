"""Which days a build comes back to, and what a publication changes, on a real Trino."""

from datetime import date, timedelta

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
    assert (row["missingness"], row["cf"]) == (pytest.approx(4 / 24), None)


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


def test_whatever_silver_changed_outside_the_window_is_built_too(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put_generation(DAY, [50.0] * 48)
    gold.run((DAY, DAY + timedelta(days=2)))

    change(gold, "energy_mwh = 60e0, revision = 1", f"ts_utc = {instant(DAY)}")
    gold.run(FAR_AWAY, run_id="later")

    row, other = gold.kpi("2025-01-01"), gold.kpi("2025-01-02")
    assert (row["energy_mwh"], row["revised_hours"], row["_run_id"]) == (1210.0, 1, "later")
    assert (other["energy_mwh"], other["_run_id"]) == (1200.0, "run")


def test_late_weather_is_built_too(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put_generation(DAY, [50.0] * 24)
    gold.run(day_window(DAY))
    assert gold.kpi("2025-01-01")["insolation_kwh_m2"] is None

    gold.put_weather(DAY, [500.0] * 24)
    gold.run(FAR_AWAY)

    assert gold.kpi("2025-01-01")["insolation_kwh_m2"] == 12.0
    assert {row["ghi_w_m2"] for row in gold.hours()} == {500.0}


def test_first_run_builds_all_that_silver_holds(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put_generation(DAY, [50.0] * 72)

    gold.run(FAR_AWAY)

    assert [row["ds"].day for row in gold.kpis()] == [1, 2, 3]


def test_revised_registry_reaches_the_whole_past(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put_generation(DAY, [50.0] * 48)
    gold.run(FAR_AWAY)

    change(gold, "capacity_mw = 120e0", "plant_id = 'NYNGAN'", "silver.dim_unit")
    gold.run(FAR_AWAY)

    assert [row["capacity_mw"] for row in gold.kpis()] == [120.0, 120.0]


def test_plant_that_joins_the_registry_gets_its_days(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put_generation(DAY, [50.0] * 24)
    gold.run(day_window(DAY))

    gold.put("silver.dim_plant", plant("JOINED"))
    gold.put("silver.dim_unit", unit("JOINED"))
    gold.run(FAR_AWAY)

    assert gold.kpi("2025-01-01", "JOINED")["missingness"] == 1.0


def test_plant_that_left_silver_leaves_gold(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put("silver.dim_plant", plant("GONE"), plant("SILENT"), plant("LAST", "WEM"))
    gold.put("silver.dim_unit", unit("GONE"), unit("SILENT"), unit("LAST", network_id="WEM"))
    gold.put_generation(DAY, [50.0] * 24)
    gold.put_generation(DAY, [50.0] * 24, "GONE")
    gold.put_generation(wem_day("2025-01-01"), [50.0] * 24, "LAST")
    gold.run(day_window(DAY))

    for table in ("silver.dim_plant", "silver.dim_unit", "silver.fact_generation_hourly"):
        gold.execute(f"DELETE FROM {gold.table(table)} WHERE plant_id <> 'NYNGAN'")
    gold.run(FAR_AWAY)

    assert {row["plant_id"] for row in gold.kpis()} == {"NYNGAN"}
    assert {row["plant_id"] for row in gold.hours()} == {"NYNGAN"}


def test_silent_plant_that_left_the_registry_leaves_gold(gold: GoldBuild) -> None:
    """No hour tells of it: only its KPI rows do."""
    given_one_plant(gold)
    gold.put("silver.dim_plant", plant("SILENT"))
    gold.put("silver.dim_unit", unit("SILENT"))
    gold.put_generation(DAY, [50.0] * 24)
    gold.run(day_window(DAY))

    for table in ("silver.dim_plant", "silver.dim_unit"):
        gold.execute(f"DELETE FROM {gold.table(table)} WHERE plant_id = 'SILENT'")
    gold.run(FAR_AWAY)

    assert {row["plant_id"] for row in gold.kpis()} == {"NYNGAN"}


def test_hour_that_left_silver_leaves_gold(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put_generation(DAY, [50.0] * 24)
    gold.put_generation(NEXT_DAY, [50.0])
    gold.run((DAY, NEXT_DAY + timedelta(hours=1)))

    gold.execute(f"DELETE FROM {gold.table('silver.fact_generation_hourly')} WHERE hour(ts_utc) = 3")
    gold.run(FAR_AWAY)

    assert len(gold.hours()) == 24
    assert (gold.kpi("2025-01-01")["energy_mwh"], gold.kpi("2025-01-01")["accepted_unit_hours"]) == (1150.0, 23)


def test_day_that_left_silver_leaves_gold(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put_generation(DAY, [50.0] * 48)
    gold.run((DAY, DAY + timedelta(days=2)))

    gold.execute(f"DELETE FROM {gold.table('silver.fact_generation_hourly')} WHERE ts_utc < {instant(NEXT_DAY)}")
    gold.run(FAR_AWAY)

    assert [row["ds"] for row in gold.kpis()] == [date(2025, 1, 2)]
    assert len(gold.hours()) == 24


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
    gold.execute(gold.sql(PUBLISH[0], day_window(DAY), "broken"))
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
    for path in (*PUBLISH, *PUBLISH, *CLEAN, *CLEAN):
        gold.execute(gold.sql(path, window, "run"))

    assert (len(gold.kpis()), len(gold.hours())) == (1, 24)
    assert gold.kpi("2025-01-01")["energy_mwh"] == 1200.0


def test_two_runs_staged_side_by_side_publish_each_day_once(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put_generation(DAY, [50.0] * 48)
    one, two = day_window(DAY), day_window(NEXT_DAY)

    gold.stage(one, "one")
    gold.stage(two, "two")
    for run, window in (("two", two), ("one", one)):
        for path in PUBLISH:
            gold.execute(gold.sql(path, window, run))

    assert [row["ds"].day for row in gold.kpis()] == [1, 2]
    assert len(gold.hours()) == 48


def test_backlog_is_worked_off_a_month_at_a_time_newest_first(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put_generation(nem_day("2024-12-01"), [50.0] * 24 * 40)

    gold.run(FAR_AWAY)
    assert [row["ds"] for row in gold.kpis()] == [date(2024, 12, 10) + timedelta(days=n) for n in range(31)]

    gold.run(FAR_AWAY)
    assert len(gold.kpis()) == 40


def test_window_of_thousands_of_hours_is_one_build(gold: GoldBuild) -> None:
    given_one_plant(gold)
    start = nem_day("2024-01-01")
    gold.put_generation(start, [50.0] * 24 * 84)

    gold.run((start, start + timedelta(days=84)))

    kpis = gold.kpis()
    assert len(kpis) == 84
    assert {(row["cf"], row["missingness"]) for row in kpis} == {(0.5, 0.0)}
