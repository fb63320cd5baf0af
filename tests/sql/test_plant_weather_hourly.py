"""The hourly join, through the project's SQL on a real Trino. All plants are built by one run."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.sql.gold_build import BUILT_AT, GoldBuild, Published, day_window, nem_day, utc, wem_day

pytestmark = pytest.mark.stack

DAY = nem_day("2025-01-01")
NOON = utc("2025-01-01T02")
LATE_EVENING = utc("2025-01-01T15")
"""01:00 of the next day in NEM, 23:00 in WEM."""


@pytest.fixture(scope="module")
def published(gold_build: GoldBuild) -> Published:
    gold = gold_build
    for plant_id in ("NYNGAN", "ONE_SIDED", "DIM", "EASTERN"):
        gold.put_plant(plant_id)
    for plant_id in ("WESTERN", "MERREDIN"):
        gold.put_plant(plant_id, "WEM")
    gold.put_plant("SILENT", "SILENT")  # whose network has no generation

    gold.put_generation(NOON, [40.0], quality_flags=["frozen"])
    gold.put_weather(NOON, [800.0], _updated_at=BUILT_AT + timedelta(hours=1))
    gold.put_generation(DAY, [1.0], "ONE_SIDED")
    gold.put_weather(DAY + timedelta(hours=1), [300.0], "ONE_SIDED")
    gold.put_weather(DAY, [300.0] * 24, "SILENT")
    gold.put_generation(DAY, [10.0] * 4, "DIM")
    gold.put_weather(DAY, [50.0, 49.9, 0.0, None], "DIM")
    gold.put_generation(LATE_EVENING, [1.0], "EASTERN")
    gold.put_generation(LATE_EVENING, [1.0], "WESTERN")
    gold.put_generation(wem_day("2025-01-01"), [1.0] * 24, "MERREDIN")
    gold.run(day_window(DAY))
    published = gold.published()
    gold.empty()
    return published


def test_generation_and_weather_of_an_hour_are_one_row(published: Published) -> None:
    (row,) = published.hours_of("NYNGAN")
    assert row == row | {
        "ts_utc": NOON,
        "ts_local": datetime(2025, 1, 1, 12),  # noqa: DTZ001  the network's clock carries no zone
        "ds": date(2025, 1, 1),
        "network_id": "NEM",
        "energy_mwh": 40.0,
        "cf": 0.4,
        "ghi_w_m2": 800.0,
        "temperature_c": 25.0,
        "expected_output_index": pytest.approx(0.5),
        "weather_is_provisional": False,
        "quality_flags": ["frozen"],
        "units_accepted": 1,
        "_silver_updated_at": BUILT_AT + timedelta(hours=1),
    }


def test_hour_known_to_one_side_only_is_kept(published: Published) -> None:
    generated, measured = published.hours_of("ONE_SIDED")
    assert (generated["energy_mwh"], generated["ghi_w_m2"], generated["weather_is_provisional"]) == (1.0, None, None)
    assert (measured["energy_mwh"], measured["ghi_w_m2"], measured["quality_flags"]) == (None, 300.0, None)
    assert (measured["network_id"], measured["ds"], measured["cf"]) == ("NEM", date(2025, 1, 1), None)


def test_weather_alone_is_published_although_the_day_has_no_kpi(published: Published) -> None:
    assert len(published.hours_of("SILENT")) == 24
    assert published.days("SILENT") == []


def test_output_index_is_null_in_weak_light(published: Published) -> None:
    assert [row["expected_output_index"] for row in published.hours_of("DIM")] == [2.0, None, None, None]


def test_local_day_is_the_networks(published: Published) -> None:
    (wem,), (nem,) = published.hours_of("WESTERN"), published.hours_of("EASTERN")
    assert (wem["ds"], wem["ts_local"].hour) == (date(2025, 1, 1), 23)
    assert (nem["ds"], nem["ts_local"].hour) == (date(2025, 1, 2), 1)
    assert wem["ts_utc"] == datetime(2025, 1, 1, 15, tzinfo=UTC)


def test_wem_day_starts_two_hours_after_nem(published: Published) -> None:
    assert {row["ds"] for row in published.hours_of("MERREDIN")} == {date(2025, 1, 1)}
    assert published.kpi("MERREDIN")["energy_mwh"] == 24.0
