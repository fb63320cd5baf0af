"""What the registry says, corrects and gets wrong, in the hours that it is about."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from include.sources.landing import Location
from include.windows import HOUR
from spark_jobs.silver import normalize as normalize_job
from tests.spark.lakehouse import FETCHED, NOON, Lakehouse, facility, hours, unit
from tests.spark.silver_tables import everything, generation, made_again


def test_plants_know_their_clock_their_span_and_whether_their_coordinates_can_be(lakehouse: Lakehouse) -> None:
    wem = {"network_id": "WEM", "network_region": "WEM"}
    girgsf = {"network_region": "VIC1", "location": {"lat": -26.25, "lng": 149.99}}
    closed = unit("C1", closure_date="2024-06-30", status_id="retired", commencement_date="2001-02-03")
    lakehouse.facilities(
        facility("GIRGSF", unit("GIRGSF"), **girgsf),
        facility("WESTSF", unit("W1", None, capacity_registered=40.0), location={"lat": -31.0, "lng": 116.0}, **wem),
        facility("CLOSED", closed, location=None),
        facility("TWO", unit("T1", 30.0), unit("T2", 20.0, commencement_date="2018-05-01")),
    )
    lakehouse.facilities(facility("TWO", unit("T1", 33.0), unit("T2", 20.0, commencement_date="2018-05-01")))
    noon_in_perth = datetime(2025, 1, 2, 4, tzinfo=UTC)
    lakehouse.generation({"W1": hours(noon_in_perth, [5.0])}, network="WEM")
    lakehouse.load()
    lakehouse.normalize(noon_in_perth)
    assert generation(lakehouse, "plant_id", "ts_utc", "energy_mwh") == [("WESTSF", noon_in_perth, 5.0)]

    plants = {row["plant_id"]: row for row in lakehouse.rows("silver.dim_plant")}
    assert {code: row["coordinate_check"] for code, row in plants.items()} == {
        "GIRGSF": "outside_region",
        "WESTSF": "ok",
        "CLOSED": "missing",
        "TWO": "ok",
    }
    west, closed_plant, two = plants["WESTSF"], plants["CLOSED"], plants["TWO"]
    assert (west["utc_offset_hours"], west["time_zone"], west["location_id"]) == (8, "+08:00", "-31.000000,116.000000")
    assert (closed_plant["retired_date"], closed_plant["capacity_mw"]) == (date(2024, 6, 30), None)
    assert (two["capacity_mw"], two["unit_count"], two["commissioned_date"]) == (53.0, 2, date(2018, 5, 1))

    units = {row["unit_code"]: row for row in lakehouse.rows("silver.dim_unit")}
    assert (units["W1"]["capacity_mw"], units["W1"]["capacity_source"]) == (40.0, "capacity_registered")
    assert units["C1"]["commissioned_from_utc"] == datetime(2001, 2, 2, 14, tzinfo=UTC)
    assert units["C1"]["retired_from_utc"] == datetime(2024, 6, 30, 14, tzinfo=UTC)
    assert units["W1"]["commissioned_from_utc"] == datetime(2019, 8, 2, 1, tzinfo=UTC)


def test_a_doubted_capacity_is_found_with_its_cause_in_every_run(lakehouse: Lakehouse) -> None:
    # Given eight hours of two units, and a registry that moves the decimal point of one to the left and of the other to the
    # right, and of a third whose hours are doubled, so that its right capacity is contradicted too
    lakehouse.facilities(facility("STUBSF", unit("STUB1", 100.0), unit("STUB2", 50.0)), facility("TWICESF", unit("TWICE1", 53.0)))
    made = {"STUB1": 90.0, "STUB2": 45.0, "TWICE1": 106.0}
    lakehouse.generation({code: hours(NOON - 7 * HOUR, [mwh] * 8) for code, mwh in made.items()}, power=True)
    slip = FETCHED + HOUR
    slips = facility("STUBSF", unit("STUB1", 10.0), unit("STUB2", 500.0)), facility("TWICESF", unit("TWICE1", 5.3))
    lakehouse.facilities(*slips, fetched_at=slip)
    lakehouse.load()

    # When hours are built, and again by a run that reads no history
    lakehouse.normalize()
    columns = ("unit_code", "rule", "from_utc", "value", "bound", "cause")
    found = [tuple(row.values()) for row in lakehouse.rows("silver.quality_findings", *columns)]
    lakehouse.generation({"STUB1": hours(NOON + HOUR, [80.0])}, power=True, fetched_at=slip + HOUR)
    lakehouse.load()
    lakehouse.normalize(NOON + HOUR)

    # Then both runs say which it is, and what is above the right capacity is refused
    assert found == [
        ("STUB1", "capacity_suspect", slip, 10.0, 100.0, "registry_contradicted"),
        ("STUB2", "capacity_suspect", slip, 500.0, 50.0, "absurd_rise"),
        ("TWICE1", "capacity_suspect", slip, 5.3, 53.0, "registry_contradicted"),
    ]
    assert [tuple(row.values()) for row in lakehouse.rows("silver.quality_findings", *columns)] == found
    refused = lakehouse.rows("silver.rejected_rows", "unit_code", "metric", "reason")
    assert [tuple(row.values()) for row in refused if row["metric"] == "energy"] == [
        ("TWICE1", "energy", "above_capacity_limit")
    ] * 8


def test_a_change_of_the_registry_reaches_every_hour_of_its_plant_even_after_a_crash(
    lakehouse: Lakehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a unit that the registry does not know, one whose plant will move, and the weather of both places
    north = {"location": {"lat": -23.5, "lng": 148.1}, "network_region": "QLD1"}
    lakehouse.facilities(facility("MOVED", unit("M1")), facility("STILL", unit("S1")))
    lakehouse.generation({"M1": hours(NOON, [50.0]), "S1": hours(NOON, [40.0]), "U1": hours(NOON, [60.0])})
    lakehouse.weather({NOON: {"temperature_2m": 1.0}, NOON + HOUR: {"temperature_2m": 3.0}})
    lakehouse.weather({NOON: {"temperature_2m": 30.0}, NOON + HOUR: {"temperature_2m": 32.0}}, location=Location(-23.5, 148.1))
    lakehouse.load()
    lakehouse.load("om")
    first, second = datetime(2025, 2, 1, tzinfo=UTC), datetime(2025, 2, 2, tzinfo=UTC)
    lakehouse.normalize(now=first)
    assert [(row["unit_code"], row["reason"]) for row in lakehouse.rows("silver.rejected_rows")] == [("U1", "no_plant")]

    # When the registry knows better, and the next window, far away, breaks off before the dimensions are written
    lakehouse.facilities(
        facility("MOVED", unit("M1"), **north), facility("STILL", unit("S1")), facility("NOVEL", unit("U1", 80.0))
    )
    lakehouse.load()
    with monkeypatch.context() as broken:
        broken.setattr(normalize_job, "write_registry", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            lakehouse.normalize(NOON + 500 * HOUR, now=second)
    lakehouse.normalize(NOON + 500 * HOUR, now=second)

    # Then the unit's hour is there and no longer refused, the weather is that of the new place, and the rest was not touched
    assert generation(lakehouse, "plant_id", "energy_mwh", "_updated_at") == [
        ("MOVED", 50.0, first),
        ("NOVEL", 60.0, second),
        ("STILL", 40.0, first),
    ]
    assert lakehouse.rows("silver.rejected_rows") == []
    weather = lakehouse.rows("silver.fact_weather_hourly", "plant_id", "temperature_c", where=f"ts_utc = '{NOON}'")
    assert [tuple(row.values()) for row in weather] == [("MOVED", 31.0), ("NOVEL", 2.0), ("STILL", 2.0)]
    assert [row["plant_id"] for row in lakehouse.rows("silver.dim_plant")] == ["MOVED", "NOVEL", "STILL"]


def test_the_registry_lives_and_hours_are_judged_by_what_it_said_for_them(lakehouse: Lakehouse) -> None:
    # Given a day of sun, a unit that is called otherwise later, one that is extended, one whose capacity will slip, one that
    # is split, one with a year for a date, one that is only planned, and a Victorian plant in Queensland
    year = {"commencement_date": "2025-01-01", "commencement_date_specificity": "year", "data_first_seen": None}
    planned = {"status_id": "committed", "data_first_seen": None}
    stray = facility("GIRGSF", unit("GIRGSF"), network_region="VIC1", location={"lat": -26.25, "lng": 149.99})
    steady = (facility("COARSE", unit("C1", **year)), facility("PLANNED", unit("P1", **planned)), stray)
    lakehouse.facilities(
        facility("WNSF", unit("0WNSF1")), facility("UPSF", unit("UP1")), facility("SLIP", unit("S1", 145.0)),
        facility("SPLIT", unit("X1", 300.0)), *steady,
    )  # fmt: skip
    sun = {"0WNSF1": 80.0, "UP1": 90.0, "S1": 140.0, "X1": 290.0, "C1": 70.0, "GIRGSF": 50.0}
    lakehouse.generation({code: hours(NOON, [mwh] * 3 + [0.9 * mwh] * 4) for code, mwh in sun.items()})
    lakehouse.weather({NOON + HOUR * n: {"shortwave_radiation": 500.0} for n in range(3)}, location=Location(-26.25, 149.99))
    lakehouse.load()
    lakehouse.load("om")
    first, second = datetime(2025, 2, 1, tzinfo=UTC), datetime(2025, 2, 2, tzinfo=UTC)
    lakehouse.normalize(NOON, 7, now=first)
    assert lakehouse.rows("silver.fact_weather_hourly") == []
    before = {row[0]: row[1:] for row in generation(lakehouse, "plant_id", "ts_utc", "capacity_mw", "units_expected")}

    # When the registry says all that, the next day's hours come, and two hours of the renamed unit come under its new code
    changed = FETCHED + 24 * HOUR
    lakehouse.facilities(
        facility("WNSF", unit("WNSF1")), facility("UPSF", unit("UP1", 150.0)), facility("SLIP", unit("S1", 3.8)),
        facility("SPLIT", unit("X1", 150.0), unit("X2", 150.0)), *steady, fetched_at=changed,
    )  # fmt: skip
    noon = NOON + 240 * HOUR
    sun = {"WNSF1": 80.0, "UP1": 140.0, "S1": 140.0, "X1": 140.0, "X2": 140.0, "C1": 70.0, "GIRGSF": 50.0, "P1": 1.0}
    fetched = {"fetched_at": noon + 24 * HOUR}
    lakehouse.generation({code: hours(noon, [mwh]) for code, mwh in sun.items()}, **fetched)
    lakehouse.generation({"WNSF1": hours(NOON, [81.0, 82.0])}, **fetched)
    lakehouse.load()
    lakehouse.normalize(noon, now=second)

    # Then nothing is refused, the renamed unit's hours are counted once, and each hour has the capacity of its time
    assert lakehouse.rows("silver.rejected_rows") == []
    columns = ("plant_id", "ts_utc", "energy_mwh", "capacity_mw", "units_expected", "units_accepted")
    rows = {(row[0], row[1]): row[2:] for row in generation(lakehouse, *columns)}
    assert rows["WNSF", NOON] == (81.0, 100.0, 1, 1)
    assert rows["WNSF", NOON + 2 * HOUR] == rows["WNSF", noon] == (80.0, 100.0, 1, 1)
    assert [rows[plant, NOON][1:] for plant in ("UPSF", "SLIP", "SPLIT")] == [(100.0, 1, 1), (145.0, 1, 1), (300.0, 1, 1)]
    assert [rows[plant, noon][1:] for plant in ("UPSF", "SLIP", "SPLIT")] == [(150.0, 1, 1), (145.0, 1, 1), (300.0, 2, 2)]
    assert rows["PLANNED", noon] == (1.0, 100.0, 1, 1)
    # a year is no start: its first value is
    assert {row["unit_code"]: row["commissioned_from_utc"] for row in lakehouse.rows("silver.dim_unit")}["C1"] == NOON
    assert before["COARSE"] == (NOON + 6 * HOUR, 100.0, 1)
    # and of the hours from before only those of the renamed plant were rebuilt
    touched = lakehouse.rows("silver.fact_generation_hourly", "plant_id", where=f"_updated_at > '{first}' AND ts_utc < '{noon}'")
    assert {row["plant_id"] for row in touched} == {"WNSF"}

    # And one rebuild of everything gives the same
    built = everything(lakehouse)
    assert made_again(lakehouse, noon, now=second) == built


def test_hours_that_the_source_gives_again_by_the_parts_of_a_unit_are_judged_by_these(lakehouse: Lakehouse) -> None:
    # Given hours of a unit of 300 MW, and a registry that the day after says it is two of 150
    lakehouse.facilities(facility("SPLIT", unit("X1", 300.0)))
    lakehouse.generation({"X1": hours(NOON, [200.0] * 6)})
    split = facility("SPLIT", unit("X1", 150.0), unit("X2", 150.0))
    lakehouse.facilities(split, fetched_at=FETCHED + 24 * HOUR)
    lakehouse.load()
    now = datetime(2025, 2, 1, tzinfo=UTC)
    lakehouse.normalize(NOON, 6, now=now)
    columns = ("energy_mwh", "capacity_mw", "accepted_capacity_mw", "units_expected", "units_accepted", "quality_flags")
    whole = (200.0, 300.0, 300.0, 1, 1, [])
    assert generation(lakehouse, *columns) == [whole] * 6

    # When hours from before it come by both parts: in one X2 has no value, in another one that it cannot make, also not twice
    again = {"X1": hours(NOON + 2 * HOUR, [100.0] * 4), "X2": hours(NOON + 2 * HOUR, [100.0, None, 330.0, 100.0])}
    lakehouse.generation(again, fetched_at=FETCHED + 48 * HOUR)
    lakehouse.load()
    lakehouse.normalize(NOON + 2 * HOUR, 4, now=now)

    # Then these hours have two units, and show what they lack; the others are as they were
    both, one = (200.0, 300.0, 300.0, 2, 2, []), (100.0, 300.0, 150.0, 2, 1, ["partial_hour"])
    assert generation(lakehouse, *columns) == [whole, whole, both, one, one, both]
    (refused,) = lakehouse.rows("silver.rejected_rows", "unit_code", "reason", "value")
    assert tuple(refused.values()) == ("X2", "above_capacity_limit", 330.0)

    # And one rebuild of everything gives the same
    built = everything(lakehouse)
    assert made_again(lakehouse, NOON, 6, now=now) == built


@pytest.mark.long
def test_a_plant_whose_coordinates_are_corrected_keeps_its_weather_until_the_new_place_has_its_own(lakehouse: Lakehouse) -> None:
    # Given the weather of four plants, of which one stands in another region by the registry
    def land(place: Location, first: int, last: int, ghi: float, **options: Any) -> None:
        labels = [NOON + HOUR * n for n in range(first, last)]
        lakehouse.weather({at: {"shortwave_radiation": ghi, "temperature_2m": 20.0} for at in labels}, location=place, **options)
        lakehouse.air_quality({at: {"pm10": ghi / 100} for at in labels}, location=place, **options)

    old, metre, far, fixed = (Location(*at) for at in ((-34.9, 146.6), (-34.90001, 146.6), (-32.2, 146.6), (-34.5, 146.1)))
    astray = Location(-26.25, 149.99)

    def registry(near: Location, away: Location, lost: Location, victoria: Location, **options: Any) -> None:
        at = {"NEAR": near, "FAR": away, "LOST": lost, "GIRGSF": victoria}
        regions = {"GIRGSF": {"network_region": "VIC1"}}
        lakehouse.facilities(
            *[facility(name, unit(f"{name}1"), location={"lat": place.latitude, "lng": place.longitude}, **regions.get(name, {}))
              for name, place in at.items()],
            **options,
        )  # fmt: skip

    registry(old, old, old, astray)
    land(old, 0, 6, 500.0)
    land(astray, 0, 6, 900.0, cell=(-26.25, 150.0))
    lakehouse.load()
    lakehouse.load("om")
    lakehouse.normalize(NOON, 5)
    before = lakehouse.rows("silver.fact_weather_hourly", where="plant_id = 'NEAR'")
    assert [row["ghi_w_m2"] for row in before if row["ts_utc"] >= NOON] == [500.0] * 5
    assert not any(row["is_former_location"] for row in before)

    # When one is moved by a metre, one by 300 km, one out of its region, and the one that stood there into it
    later = {"fetched_at": FETCHED + 24 * HOUR}
    registry(metre, far, astray, fixed, **later)
    lakehouse.load()
    lakehouse.normalize(NOON + 500 * HOUR)

    # Then the three have all the weather they had, marked; what was of another region comes back for nobody
    def weather(table: str = "silver.fact_weather_hourly", value: str = "ghi_w_m2") -> dict[str, list[tuple[Any, ...]]]:
        rows = lakehouse.rows(table, "plant_id", value, "location_id", "is_former_location", where=f"ts_utc >= '{NOON}'")
        found: dict[str, list[tuple[Any, ...]]] = {}
        for row in rows:
            found.setdefault(row["plant_id"], []).append(tuple(row.values())[1:])
        return found

    was = (500.0, old.location_id, True)
    assert weather() == {"NEAR": [was] * 5, "FAR": [was] * 5, "LOST": [was] * 5}
    assert weather("silver.fact_air_quality_hourly", "pm10_ug_m3")["NEAR"] == [(5.0, old.location_id, True)] * 5
    elevations = {row["solar_elevation_deg"] for row in lakehouse.rows("silver.fact_weather_hourly", where=f"ts_utc = '{NOON}'")}
    assert len(elevations) == 2  # the sun stands over the present place of the one that went far

    # And when the newest hours of the new places come, one from the cell that answered for the old place, theirs are taken
    land(metre, 3, 6, 510.0, **later)
    land(far, 3, 6, 700.0, **later, cell=(-32.2, 146.6))
    lakehouse.load("om")
    lakehouse.normalize(NOON + 500 * HOUR)
    same, now_near, now_far = (500.0, old.location_id, False), (510.0, metre.location_id, False), (700.0, far.location_id, False)
    assert weather() == {"NEAR": [same] * 3 + [now_near] * 2, "FAR": [was] * 3 + [now_far] * 2, "LOST": [was] * 5}
    plants = lakehouse.rows("silver.dim_plant", "plant_id", "former_location_ids", "same_cell_location_ids")
    assert [tuple(row.values()) for row in plants] == [
        ("FAR", [old.location_id], None),
        ("GIRGSF", None, None),
        ("LOST", [old.location_id], None),
        ("NEAR", [old.location_id], [old.location_id]),
    ]

    # And one rebuild of everything gives the same
    built = everything(lakehouse)
    assert made_again(lakehouse, NOON) == built
