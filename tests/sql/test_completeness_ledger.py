"""`gold.completeness_ledger` beside the figures of a real Gold build: nothing is counted twice, and nothing is left out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from tests.sql.gold_build import (
    BUILT_AT,
    GoldBuild,
    Row,
    generation,
    instant,
    nem_day,
    not_asked,
    plant,
    request,
    unit,
    utc,
    weather,
)

pytestmark = pytest.mark.stack

DAY = nem_day("2025-01-01")
NEXT_DAY = nem_day("2025-01-02")
GAP = 6
"""Hour of 1 January that nobody has."""
FAILED = 8
"""Hour of 1 January of the plant TWO for which every request failed."""
DUE_HOURS = 18
"""Hours of 2 January that were asked for."""
NOT_EXPECTED = ("not_asked", "before_commissioning", "retired", "not_yet_due")
MISSING = ("withdrawn", "source_empty", "source_error", "unit_silent", "network_wide_gap", "no_coordinates")

TWO_UNITS: dict[int, Row | None] = {
    1: {"units_accepted": 1, "units_rejected": 1, "accepted_capacity_mw": 180.0},
    2: {"units_accepted": 1, "accepted_capacity_mw": 180.0},
    3: {"units_accepted": 0, "energy_mwh": None, "accepted_share": 0.0, "accepted_capacity_mw": None},
    4: {"units_accepted": 1, "units_rejected": 1, "accepted_capacity_mw": 180.0},
    5: None,
    FAILED: None,
    GAP: None,
    7: {"quality_flags": ["incomplete_hour"], "accepted_share": 0.5},
}
"""What is other than usual in hours of the plant TWO on 1 January; None: there is no row."""


def all_hours(start: datetime, hours: int, plant_id: str) -> list[Row]:
    rows = generation(start, [10.0] * hours, plant_id)
    return [row for row in rows if row["ts_utc"] != DAY + timedelta(hours=GAP)]


def hours_of_two() -> list[Row]:
    both: Row = {"units_expected": 2, "units_accepted": 2, "capacity_mw": 200.0, "accepted_capacity_mw": 200.0}
    rows = generation(DAY, [10.0] * 24, "TWO", **both)
    kept = [(row, TWO_UNITS.get(number, {})) for number, row in enumerate(rows)]
    return [row | other for row, other in kept if other is not None]


def refusal(unit_code: str, hour: int, reason: str, metric: str = "energy") -> Row:
    said: Row = {"source_table": "bronze.oe_generation_hourly_raw", "network_id": "NEM", "plant_id": "TWO", "value": 9.0}
    at: Row = {"ts_utc": DAY + timedelta(hours=hour), "_updated_at": BUILT_AT, "ingest_time": BUILT_AT, "landing_object": "x"}
    return said | at | {"unit_code": unit_code, "metric": metric, "reason": reason}


def price(region: str, hour: int, price_aud_mwh: float | None) -> Row:
    said: Row = {"network_id": "NEM", "network_region": region, "revision": 0, "_updated_at": BUILT_AT}
    at: Row = {"ts_utc": DAY + timedelta(hours=hour), "first_ingest_time": BUILT_AT, "last_ingest_time": BUILT_AT}
    return said | at | {"price_aud_mwh": price_aud_mwh}


def unanswered(source: str, hour: int) -> Row:
    noted: Row = {"outcome": "error", "failed_since": BUILT_AT, "_dag_id": "silver_to_gold", "_run_id": "run"}
    return noted | {"source": source, "plant_id": "TWO", "ts_utc": DAY + timedelta(hours=hour)}


def put_plants(lake: GoldBuild) -> None:
    lake.put(
        "silver.dim_plant",
        plant("TWO", network_region="NSW1"),
        plant("LATE", network_region="QLD1"),
        plant("OLD"),
        plant("UNASKED"),
        plant("NOWHERE", latitude=None, longitude=None, coordinate_check="missing"),
    )
    lake.put(
        "silver.dim_unit",
        unit("TWO", "TWOA", capacity_mw=180.0),
        unit("TWO", "TWOB", capacity_mw=20.0),
        unit("LATE", commissioned_from_utc=DAY + timedelta(hours=12)),
        unit("OLD", commissioned_from_utc=utc("2010-01-01"), retired_from_utc=DAY),
        unit("UNASKED"),
        unit("NOWHERE"),
    )
    lake.put("silver.unit_history", *not_asked("UNASKED", NEXT_DAY, None))


@pytest.fixture(scope="module")
def lake(gold_build: GoldBuild) -> Iterator[GoldBuild]:
    """A closed day and an open one, built by the DAGs' statements."""
    put_plants(gold_build)
    gold_build.put("silver.fact_generation_hourly", *hours_of_two(), *all_hours(DAY, 24, "UNASKED"))
    gold_build.put("silver.fact_generation_hourly", *all_hours(DAY + timedelta(hours=12), 12, "LATE"))
    gold_build.put("silver.fact_generation_hourly", *all_hours(DAY, 24 + DUE_HOURS, "NOWHERE"))
    gold_build.put("silver.fact_weather_hourly", *weather(DAY, [100.0, 100.0, 100.0, None, *[100.0] * 19], "TWO"))
    gold_build.put("silver.fact_weather_hourly", *weather(DAY, [100.0] * 24, "UNASKED"))
    gold_build.put(
        "silver.rejected_rows",
        refusal("TWOB", 1, "frozen"),
        refusal("TWOB", 1, "above_capacity_limit", metric="power"),
        refusal("TWOB", 4, "withdrawn"),
    )
    prices = [price("NSW1", hour, None if hour == 5 else 60.0) for hour in range(1, 23)]
    gold_build.put("silver.fact_market_hourly", *prices, price("QLD1", 23, 60.0))
    for source, hour in (("oe_generation", FAILED), ("oe_generation", 9), ("om_weather", 23), ("oe_market", 0)):
        gold_build.put("gold.unanswered_hours", unanswered(source, hour))
    gold_build.put("bronze.api_requests", request(DAY, NEXT_DAY + timedelta(hours=DUE_HOURS)))
    gold_build.run((DAY, NEXT_DAY + timedelta(hours=DUE_HOURS)))
    for column, hour in (("weather_suspect", 1), ("is_provisional", 2)):
        gold_build.execute(
            f"UPDATE {gold_build.table('silver.fact_weather_hourly')} SET {column} = TRUE "
            f"WHERE plant_id = 'TWO' AND ts_utc = TIMESTAMP '{DAY + timedelta(hours=hour):%Y-%m-%d %H:%M} UTC'"
        )
    gold_build.create_views()
    yield gold_build
    gold_build.empty()


@pytest.fixture(scope="module")
def ledger(lake: GoldBuild) -> dict[tuple[str, str, str], Row]:
    rows = lake.execute(f"SELECT * FROM {lake.table('gold.completeness_ledger')}")
    return {(row["plant_id"], f"{row['ds']}", row["source"]): row for row in rows}


def counted(row: Row) -> dict[str, int]:
    """What is above 0 in a row, by name without `_hours`."""
    return {name.removesuffix("_hours"): value for name, value in row.items() if isinstance(value, int) and value}


def test_every_plant_has_every_day_of_every_source(ledger: dict[tuple[str, str, str], Row]) -> None:
    assert len(ledger) == 5 * 2 * 3


def test_rows_add_up(ledger: dict[tuple[str, str, str], Row]) -> None:
    for key, row in ledger.items():
        assert row["hours"] == sum(row[f"{name}_hours"] for name in ("expected", *NOT_EXPECTED)), key
        assert row["expected_hours"] == row["received_hours"] + row["refused_hours"] + row["missing_hours"], key
        assert row["missing_hours"] == sum(row[f"{name}_hours"] for name in MISSING), key


def test_generation_is_that_of_the_daily_figures(lake: GoldBuild, ledger: dict[tuple[str, str, str], Row]) -> None:
    kpis = {(row["plant_id"], f"{row['ds']}", "generation"): row for row in lake.kpis()}
    expected = {
        key: (row["expected_hours"], row["received_hours"]) for key, row in ledger.items() if row["source"] == "generation"
    }

    assert {key: (row["expected_unit_hours"], row["accepted_unit_hours"]) for key, row in kpis.items()} == {
        key: counts for key, counts in expected.items() if counts[0]
    }
    assert len(kpis) == 7  # OLD has none, UNASKED has one


def test_weather_is_that_of_the_daily_figures(lake: GoldBuild, ledger: dict[tuple[str, str, str], Row]) -> None:
    for kpi in lake.kpis():
        row = ledger[kpi["plant_id"], f"{kpi['ds']}", "weather"]
        assert row["missing_hours"] / row["expected_hours"] == pytest.approx(kpi["weather_missingness"])


def test_missing_unit_hours_have_their_reasons(ledger: dict[tuple[str, str, str], Row]) -> None:
    assert counted(ledger["TWO", "2025-01-01", "generation"]) == {
        "hours": 48,
        "expected": 48,
        "received": 37,
        "refused": 1,
        "missing": 10,
        "incomplete": 2,
        "withdrawn": 1,
        "source_empty": 2,
        "source_error": 2,
        "unit_silent": 3,
        "network_wide_gap": 2,
    }


def test_capacity_hours_add_up_too_and_are_those_of_the_facts(lake: GoldBuild, ledger: dict[tuple[str, str, str], Row]) -> None:
    for key, row in ledger.items():
        parts = [row[f"{name}_mw_h"] for name in ("received", "refused", "missing")]
        assert row["expected_mw_h"] == pytest.approx(sum(parts)), key
        assert row["missing_mw_h"] == pytest.approx(sum(row[f"{name}_mw_h"] for name in MISSING)), key

    facts = lake.execute(
        f"SELECT plant_id, sum(accepted_capacity_mw) AS mw_h FROM {lake.table('silver.fact_generation_hourly')}"
        f" WHERE ts_utc < {instant(NEXT_DAY)} GROUP BY plant_id"
    )
    assert {row["plant_id"]: ledger[row["plant_id"], "2025-01-01", "generation"]["received_mw_h"] for row in facts} == {
        row["plant_id"]: row["mw_h"] for row in facts
    }


def test_a_small_unit_that_is_missing_weighs_little(ledger: dict[tuple[str, str, str], Row]) -> None:
    row = ledger["TWO", "2025-01-01", "generation"]
    assert {name.removesuffix("_mw_h"): value for name, value in row.items() if name.endswith("_mw_h") and value} == {
        "expected": 24 * 200.0,
        "received": 17 * 200.0 + 3 * 180.0,
        "refused": 20.0,
        "missing": 840.0,
        "withdrawn": 20.0,
        "source_empty": 200.0,
        "source_error": 200.0,
        "unit_silent": 20.0 + 200.0,
        "network_wide_gap": 200.0,
    }


def test_capacity_hours_of_a_day_are_unknown_where_any_hours_are(lake: GoldBuild) -> None:
    units = lake.table("silver.dim_unit")
    noon = instant(DAY + timedelta(hours=12))
    lake.execute(f"UPDATE {units} SET capacity_mw = NULL, commissioned_from_utc = {noon} WHERE unit_code = 'TWOB'")
    query = f"SELECT * FROM {lake.table('gold.completeness_ledger')} WHERE plant_id = 'TWO' AND ds = DATE '2025-01-01'"
    rows = lake.execute(query)
    lake.execute(f"UPDATE {units} SET capacity_mw = 20.0e0, commissioned_from_utc = NULL WHERE unit_code = 'TWOB'")

    assert {value for row in rows for name, value in row.items() if name.endswith("_mw_h")} == {None}
    assert {row["source"] for row in rows if row["received_hours"] > 0} == {"generation", "weather", "market"}


def test_hours_that_are_not_expected_have_theirs(ledger: dict[tuple[str, str, str], Row]) -> None:
    late = {"hours": 24, "expected": 12, "received": 12, "before_commissioning": 12}
    assert counted(ledger["LATE", "2025-01-01", "generation"]) == late
    assert counted(ledger["OLD", "2025-01-01", "generation"]) == {"hours": 24, "retired": 24}
    assert counted(ledger["UNASKED", "2025-01-02", "generation"]) == {"hours": 24, "not_asked": 24}
    open_day = {"hours": 24, "expected": DUE_HOURS, "received": DUE_HOURS, "not_yet_due": 24 - DUE_HOURS}
    assert counted(ledger["NOWHERE", "2025-01-02", "generation"]) == open_day
    assert counted(ledger["OLD", "2025-01-02", "weather"]) == {"hours": 24, "retired": 24}


def test_weather_is_counted_by_the_hours_of_the_plant(ledger: dict[tuple[str, str, str], Row]) -> None:
    assert counted(ledger["TWO", "2025-01-01", "weather"]) == {
        "hours": 24,
        "expected": 24,
        "received": 21,
        "refused": 1,
        "missing": 2,
        "provisional": 1,
        "source_empty": 1,
        "source_error": 1,
    }
    nowhere = {"hours": 24, "expected": 24, "missing": 24, "no_coordinates": 24}
    assert counted(ledger["NOWHERE", "2025-01-01", "weather"]) == nowhere


def test_the_market_is_counted_by_the_hours_of_the_region(ledger: dict[tuple[str, str, str], Row]) -> None:
    assert counted(ledger["TWO", "2025-01-01", "market"]) == {
        "hours": 24,
        "expected": 23,
        "received": 21,
        "missing": 2,
        "source_empty": 1,
        "unit_silent": 1,
        "not_asked": 1,
    }


def test_what_the_source_may_still_change_is_provisional(lake: GoldBuild, ledger: dict[tuple[str, str, str], Row]) -> None:
    assert "provisional" not in counted(ledger["TWO", "2025-01-01", "generation"])
    facts = lake.table("silver.fact_generation_hourly")
    lake.execute(f"UPDATE {facts} SET last_ingest_time = TIMESTAMP '2025-01-02 18:29 UTC' WHERE plant_id = 'LATE'")

    query = (
        f"SELECT * FROM {lake.table('gold.completeness_ledger')} WHERE plant_id = 'LATE' AND source = 'generation' ORDER BY ds"
    )
    first, second = lake.execute(query)
    assert (first["provisional_hours"], second["received_hours"]) == (12, 0)
