"""The hourly join, through the project's SQL on a real Trino."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.sql.gold_build import BUILT_AT, GoldBuild, day_window, nem_day, plant, unit, utc, wem_day

pytestmark = pytest.mark.stack

DAY = nem_day("2025-01-01")


def given_one_plant(gold: GoldBuild) -> None:
    gold.put("silver.dim_plant", plant())
    gold.put("silver.dim_unit", unit())


def test_generation_and_weather_of_an_hour_are_one_row(gold: GoldBuild) -> None:
    given_one_plant(gold)
    noon = utc("2025-01-01T02")
    gold.put_generation(noon, [40.0], quality_flags=["frozen"])
    gold.put_weather(noon, [800.0], _updated_at=BUILT_AT + timedelta(hours=1))

    gold.run(day_window(DAY))

    (row,) = gold.hours()
    assert row == row | {
        "ts_utc": noon,
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


def test_hour_known_to_one_side_only_is_kept(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put_generation(DAY, [1.0])
    gold.put_weather(DAY + timedelta(hours=1), [300.0])

    gold.run(day_window(DAY))

    generated, measured = gold.hours()
    assert (generated["energy_mwh"], generated["ghi_w_m2"], generated["weather_is_provisional"]) == (1.0, None, None)
    assert (measured["energy_mwh"], measured["ghi_w_m2"], measured["quality_flags"]) == (None, 300.0, None)
    assert (measured["network_id"], measured["ds"], measured["cf"]) == ("NEM", date(2025, 1, 1), None)


def test_weather_alone_is_published_although_the_day_has_no_kpi(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put_weather(DAY, [300.0] * 24)

    gold.run(day_window(DAY))

    assert len(gold.hours()) == 24
    assert gold.kpis() == []


def test_output_index_is_null_in_weak_light(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put_generation(DAY, [10.0] * 4)
    gold.put_weather(DAY, [50.0, 49.9, 0.0, None])

    gold.run(day_window(DAY))

    assert [row["expected_output_index"] for row in gold.hours()] == [2.0, None, None, None]


def test_local_day_is_the_networks(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put("silver.dim_plant", plant("MERREDIN", "WEM"))
    gold.put("silver.dim_unit", unit("MERREDIN", network_id="WEM"))
    hour = utc("2025-01-01T15")  # 01:00 of the next day in NEM, 23:00 in WEM
    gold.put_generation(hour, [1.0])
    gold.put_generation(hour, [1.0], "MERREDIN")

    gold.run((hour, hour + timedelta(hours=1)))

    wem, nem = gold.hours()
    assert (wem["plant_id"], wem["ds"], wem["ts_local"].hour) == ("MERREDIN", date(2025, 1, 1), 23)
    assert (nem["plant_id"], nem["ds"], nem["ts_local"].hour) == ("NYNGAN", date(2025, 1, 2), 1)
    assert wem["ts_utc"] == datetime(2025, 1, 1, 15, tzinfo=UTC)


def test_wem_day_starts_two_hours_after_nem(gold: GoldBuild) -> None:
    gold.put("silver.dim_plant", plant("MERREDIN", "WEM"))
    gold.put("silver.dim_unit", unit("MERREDIN", network_id="WEM"))
    gold.put_generation(wem_day("2025-01-01"), [1.0] * 24, "MERREDIN")

    gold.run(day_window(wem_day("2025-01-01")))

    assert {row["ds"] for row in gold.hours()} == {date(2025, 1, 1)}
    assert gold.kpi("2025-01-01", "MERREDIN")["energy_mwh"] == 24.0
