"""Open-Meteo: shapes, labels, grid, dates, units, nulls, errors; the sky agrees with the sun and with the farms."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient

from infra.upstream.farms import RECORDED, listed_farms
from infra.upstream.openmeteo_query import VARIABLE_TYPE
from tests.unit.infra.upstream.stand_in import Ask, points

PRODUCT_VARIABLES = (
    "shortwave_radiation,direct_radiation,diffuse_radiation,direct_normal_irradiance,terrestrial_radiation,temperature_2m,"
    "dew_point_2m,cloud_cover,precipitation,sunshine_duration,wind_speed_10m,wind_gusts_10m,wind_direction_10m,pressure_msl"
)
AIR_VARIABLES = "pm10,pm2_5,dust,nitrogen_dioxide,ozone,sulphur_dioxide,carbon_monoxide,uv_index,uv_index_clear_sky"
EMERALD = {"latitude": "-23.50879", "longitude": "148.128017"}
MANY = ",".join(["1"] * 1001)
RECORDED_WEEK = {"start_date": "2025-01-01", "end_date": "2025-01-07"}


def recorded(file_name: str, facility: str, column: str, shift_hours: int = 10) -> dict[str, float]:
    """GMT label -> value of the recording, whose labels are ten hours ahead."""
    with (RECORDED / file_name).open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["facility_code"] == facility]
    gmt = (datetime.fromisoformat(row["date"]) - timedelta(hours=shift_hours) for row in rows)
    return {label.strftime("%Y-%m-%dT%H:%M"): float(row[column]) for label, row in zip(gmt, rows, strict=True)}


def served(answer: dict, name: str) -> dict[str, float | None]:
    return dict(zip(answer["hourly"]["time"], answer["hourly"][name], strict=True))


def test_one_location_is_an_object_and_two_are_an_array_in_request_order(weather: Ask) -> None:
    one = weather().json()
    two = weather(latitude="-23.50879,-33.532991", longitude="148.128017,145.522279").json()

    assert isinstance(one, dict) and isinstance(two, list)
    assert "location_id" not in one and "location_id" not in two[0]
    assert two[1]["location_id"] == 1
    assert {name: two[1][name] for name in ("latitude", "hourly")} == {name: one[name] for name in ("latitude", "hourly")}


def test_an_id_that_was_passed_comes_back_unless_it_is_zero(weather: Ask) -> None:
    answer = weather(latitude="-23.5,-33.5", longitude="148.1,145.5", location_id="7,0").json()

    assert answer[0]["location_id"] == 7
    assert "location_id" not in answer[1]


def test_coordinates_are_those_of_the_grid_cell(weather: Ask) -> None:
    default, era5 = weather().json(), weather(models="era5").json()

    assert (default["latitude"], default["longitude"]) != (-33.532991, 145.522279)
    assert abs(default["latitude"] + 33.532991) <= 0.0703125 / 2 + 1e-5
    assert (era5["latitude"], era5["longitude"]) == (-33.5, 145.5)


def test_both_dates_are_inclusive_and_times_have_no_zone(weather: Ask) -> None:
    times = weather(start_date="2025-03-01", end_date="2025-03-02").json()["hourly"]["time"]

    assert (len(times), times[0], times[-1]) == (48, "2025-03-01T00:00", "2025-03-02T23:00")


def test_unix_time_is_utc_and_a_named_zone_has_todays_offset(weather: Ask) -> None:
    """On 2025-03-20 Sydney is at +11, so July is labelled +11 too: no daylight saving inside a series."""
    answer = weather(timezone="Australia/Sydney", timeformat="unixtime", start_date="2024-07-01", end_date="2024-07-01").json()

    assert answer["utc_offset_seconds"] == 39600
    assert answer["hourly"]["time"][0] == int(datetime(2024, 6, 30, 13, tzinfo=UTC).timestamp())


def test_labels_in_another_zone_carry_the_values_of_the_same_instants(weather: Ask) -> None:
    gmt = served(weather(start_date="2025-02-28", end_date="2025-03-01").json(), "shortwave_radiation")
    local = served(weather(timezone="Australia/Brisbane").json(), "shortwave_radiation")

    assert local["2025-03-01T10:00"] == gmt["2025-03-01T00:00"]


@pytest.mark.parametrize("name", PRODUCT_VARIABLES.split(","))
def test_the_recorded_weather_is_served_at_its_gmt_hours(weather: Ask, name: str) -> None:
    """Wind is asked in km/h here, as it was recorded; its other units have a test of their own."""
    answer = served(weather(hourly=name, **EMERALD, **RECORDED_WEEK).json(), name)

    expected = recorded("facility_weather_1h.csv", "EMERASF", name)
    shared = expected.keys() & answer.keys()
    assert len(shared) == 168 - 10
    assert {label: answer[label] for label in shared} == {label: expected[label] for label in shared}


def test_recorded_wind_was_kilometres_per_hour(weather: Ask) -> None:
    expected = recorded("facility_weather_1h.csv", "EMERASF", "wind_speed_10m")["2025-01-03T02:00"]
    asked = {"hourly": "wind_speed_10m", **EMERALD, "start_date": "2025-01-03", "end_date": "2025-01-03"}

    by_unit = {unit: weather(wind_speed_unit=unit, **asked).json() for unit in ("kmh", "ms", "mph", "kn")}

    told = {unit: served(answer, "wind_speed_10m")["2025-01-03T02:00"] for unit, answer in by_unit.items()}
    assert weather(**asked).json()["hourly_units"]["wind_speed_10m"] == "km/h"
    assert told == {
        "kmh": expected, "ms": round(expected / 3.6, 2), "mph": round(expected / 1.609344, 1), "kn": round(expected / 1.852, 1),
    }  # fmt: skip


def test_recorded_air_quality_is_served_at_its_gmt_hours(weather: Ask) -> None:
    answer = weather("/v1/air-quality", hourly=AIR_VARIABLES, domains="cams_global", **EMERALD, **RECORDED_WEEK).json()

    for name in AIR_VARIABLES.split(","):
        expected = recorded("facility_air_quality_1h.csv", "EMERASF", name)
        assert {label: value for label, value in served(answer, name).items() if label in expected} == {
            label: value for label, value in expected.items() if label >= "2025-01-01T00:00"
        }
    assert answer["hourly_units"]["pm10"] == "\u03bcg/m³"


def test_what_was_not_recorded_is_null_there_and_synthetic_elsewhere(weather: Ask) -> None:
    asked = weather(hourly="relative_humidity_2m", **EMERALD, start_date="2025-01-07", end_date="2025-01-08")
    answer = served(asked.json(), "relative_humidity_2m")

    assert answer["2025-01-07T12:00"] is None
    assert answer["2025-01-08T12:00"] is not None


@pytest.mark.parametrize(
    ("place", "days"),
    [(EMERALD, RECORDED_WEEK), ({}, {"start_date": "2025-03-01", "end_date": "2025-03-07"})],
    ids=["recorded", "synthetic"],
)
def test_radiation_is_labelled_at_the_end_of_its_hour(weather: Ask, place: dict, days: dict) -> None:
    """The centroid of the labels lies half an hour behind true solar noon, by pvlib's own position of the sun."""
    from pvlib.solarposition import get_solarposition

    answer = weather(hourly="terrestrial_radiation", **place, **days)
    series = pd.Series(served(answer.json(), "terrestrial_radiation")).astype(float)
    series.index = pd.to_datetime(series.index).tz_localize("UTC")
    latitude = float(place.get("latitude", "-33.532991"))
    longitude = float(place.get("longitude", "145.522279"))
    noon_utc_hour = 12 - longitude / 15

    solar_days = series.groupby((series.index + pd.Timedelta(hours=longitude / 15)).date)
    for _, day in [group for group in solar_days if len(group[1]) == 24]:
        hours = (day.index - day.index[0]).total_seconds() / 3600 + day.index[0].hour
        centroid = np.average(hours, weights=day)
        middle = day.index[0] + pd.Timedelta(hours=12)
        noon = noon_utc_hour - get_solarposition(pd.DatetimeIndex([middle]), latitude, longitude)["equation_of_time"].iloc[0] / 60
        assert (centroid - noon + 12) % 24 - 12 == pytest.approx(0.5, abs=0.1)


def test_the_synthetic_sky_agrees_with_itself(weather: Ask) -> None:
    answer = weather(hourly=PRODUCT_VARIABLES, start_date="2025-02-01", end_date="2025-02-28").json()["hourly"]
    hours = {name: np.array(values, dtype=float) for name, values in answer.items() if name != "time"}

    ghi, extra = hours["shortwave_radiation"], hours["terrestrial_radiation"]
    assert np.abs(ghi - hours["direct_radiation"] - hours["diffuse_radiation"]).max() <= 1
    assert (ghi[extra == 0] == 0).all() and (ghi <= extra + 1).all()
    assert (hours["direct_normal_irradiance"] <= 1100).all() and hours["direct_normal_irradiance"].max() > 700
    assert (hours["dew_point_2m"] <= hours["temperature_2m"]).all()
    sunny = extra > 600
    assert np.corrcoef(hours["cloud_cover"][sunny], (ghi / np.maximum(extra, 1))[sunny])[0, 1] < -0.5
    clear_share = [day.sum() > 0.65 * other.sum() for day, other in zip(ghi.reshape(-1, 24), extra.reshape(-1, 24), strict=True)]
    assert 0.2 < np.mean(clear_share) < 0.95


def test_a_farm_generates_what_its_weather_tells(weather: Ask, generation: Ask) -> None:
    """Energy of the hour that starts at a label fits the radiation labelled at its end."""
    radiation_of = weather(start_date="2025-02-28", end_date="2025-03-10", hourly="shortwave_radiation").json()
    ghi = served(radiation_of, "shortwave_radiation")
    energy = points(generation(facility_code=["HILLSTN"], date_start="2025-03-01", date_end="2025-03-10"))["HILLSTN1"]

    pairs = []
    for label, value in energy.items():
        end = datetime.fromisoformat(label).astimezone(UTC) + timedelta(hours=1)
        pairs.append((ghi[end.strftime("%Y-%m-%dT%H:%M")], value))
    radiation, produced = np.array(pairs, dtype=float).T
    assert ((radiation == 0) == (produced == 0)).all()
    assert np.corrcoef(radiation, produced)[0, 1] > 0.99


def test_forecast_and_archive_tell_the_same_hours_alike(weather: Ask) -> None:
    assert weather("/v1/forecast").json()["hourly"] == weather().json()["hourly"]


def test_a_post_is_answered_like_a_get(server: TestClient, weather: Ask) -> None:
    asked = {"latitude": [-33.532991], "longitude": [145.522279], "start_date": "2025-03-01", "end_date": "2025-03-01",
             "hourly": ["shortwave_radiation", "temperature_2m"]}  # fmt: skip

    answer = server.post("/v1/archive", json=asked)

    assert answer.json()["hourly"] == weather(hourly="shortwave_radiation,temperature_2m").json()["hourly"]


def test_several_models_suffix_their_columns(weather: Ask) -> None:
    answer = weather(hourly="temperature_2m", models="best_match,era5").json()

    assert set(answer["hourly"]) == {"time", "temperature_2m_archive_best_match", "temperature_2m_era5"}


@pytest.mark.parametrize(("models", "days"), [("era5", 5), ("era5_seamless", 5), ("best_match", 2), (None, 2)])
def test_the_archive_ends_in_nulls_by_model(weather: Ask, models: str | None, days: int) -> None:
    answer = weather(hourly="temperature_2m", models=models, start_date="2025-03-10", end_date="2025-03-20")
    hours = served(answer.json(), "temperature_2m")

    known = [label for label, value in hours.items() if value is not None]
    assert known[-1] == f"2025-03-{20 - days:02d}T12:00"
    assert len(hours) == 11 * 24


def test_the_forecast_has_no_null_tail_and_its_default_range(weather: Ask) -> None:
    week = weather("/v1/forecast", start_date=None, end_date=None, hourly="temperature_2m").json()["hourly"]
    past = weather("/v1/forecast", start_date=None, end_date=None, past_days=7, forecast_days=1, hourly="temperature_2m").json()[
        "hourly"
    ]

    assert (week["time"][0], len(week["time"])) == ("2025-03-20T00:00", 168)
    assert (past["time"][0], past["time"][-1]) == ("2025-03-13T00:00", "2025-03-20T23:00")
    assert None not in week["temperature_2m"] + past["temperature_2m"]


def test_global_air_quality_is_null_before_august_2022(weather: Ask) -> None:
    hours = served(weather("/v1/air-quality", hourly="pm10", start_date="2022-07-31", end_date="2022-08-01").json(), "pm10")

    assert {label: value is None for label, value in hours.items() if label.endswith("T12:00")} == {
        "2022-07-31T12:00": True,
        "2022-08-01T12:00": False,
    }


def test_the_satellite_knows_irradiance_alone_since_2015_and_up_to_half_an_hour_ago(weather: Ask) -> None:
    asked = {"hourly": "shortwave_radiation", "models": "jma_jaxa_himawari"}
    known = []
    for first, last in (("2025-03-20", "2025-03-20"), ("2015-07-06", "2015-07-07")):
        hours = served(weather("/v1/satellite", start_date=first, end_date=last, **asked).json(), "shortwave_radiation")
        known.append([label for label, value in hours.items() if value is not None])

    assert (known[0][0], known[0][-1], known[1][0]) == ("2025-03-20T00:00", "2025-03-20T11:00", "2015-07-07T00:00")
    assert weather("/v1/satellite", hourly="temperature_2m").status_code == 400


def test_the_satellite_has_nothing_of_the_recorded_week(weather: Ask) -> None:
    asked = {"hourly": "shortwave_radiation", "start_date": "2025-01-02", "end_date": "2025-01-02"}
    emerald = weather("/v1/satellite", **EMERALD, **asked).json()
    assert set(served(emerald, "shortwave_radiation").values()) <= {None}


def test_one_unknown_variable_fails_all_and_the_whole_list_is_echoed(weather: Ask) -> None:
    asked = "temperature_2m, cloud_cover"  # the space is what is wrong

    answer = weather(hourly=asked)

    reason = f"Data corrupted at path ''. Cannot initialize {VARIABLE_TYPE} from invalid String value {asked}."
    assert (answer.status_code, answer.json()) == (400, {"error": True, "reason": reason})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"end_date": "2025-03-21"}, "Parameter 'end_date' is out of allowed range from 1940-01-01 to 2025-03-20"),
        ({"start_date": "2025-03-02"}, "End-date must be larger or equals than start-date"),
        ({"end_date": None}, "Parameter 'start_date' and 'end_date' must have the same number of elements"),
        ({"past_days": "1"}, "Parameter 'past_days' is mutually exclusive with 'start_date' and 'end_date'"),
        ({"latitude": "95.0"}, "Latitude must be in range of -90 to 90°. Given: 95.0."),
        ({"longitude": "200.0"}, "Longitude must be in range of -180 to 180°. Given: 200.0."),
        ({"latitude": "1,2"}, "Parameter 'latitude' and 'longitude' must have the same number of elements"),
        ({"timezone": "Mars/Base"}, "Invalid timezone"),
        ({"models": "era9"}, "Data corrupted at path ''. Cannot initialize MultiDomains from invalid String value era9."),
        ({"latitude": MANY, "longitude": MANY}, "Only up to 1000 locations can be requested at once"),
    ],
)  # fmt: skip
def test_bad_requests_are_told_literally(weather: Ask, changes: dict, reason: str) -> None:
    answer = weather(**changes)

    assert (answer.status_code, answer.json()) == (400, {"error": True, "reason": reason})


def test_the_forecasts_window_moves_with_the_clock(weather: Ask) -> None:
    answer = weather("/v1/forecast", start_date="2024-12-01", end_date="2024-12-02")
    days = weather("/v1/forecast", start_date=None, end_date=None, past_days=100)

    assert answer.json()["reason"] == "Parameter 'start_date' is out of allowed range from 2024-12-17 to 2025-04-04"
    assert days.json()["reason"] == "Past days is invalid. Allowed range 0 to 93. Given 100."


def test_all_forty_farms_are_answered_in_one_request(weather: Ask) -> None:
    farms = listed_farms()
    answer = weather(
        latitude=",".join(str(farm.latitude) for farm in farms), longitude=",".join(str(farm.longitude) for farm in farms),
        hourly=PRODUCT_VARIABLES, wind_speed_unit="ms", models="era5_seamless",
    )  # fmt: skip

    places = json.loads(answer.text)
    assert len(places) == 40
    assert all(None not in values for place in places for values in place["hourly"].values())
