"""Open-Meteo's bodies: object or array, matched by position, all or nothing."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from include.paths import PROJECT_ROOT
from include.sources.openmeteo.bodies import call_weight
from include.sources.readings import read_envelope
from tests.unit.envelopes import FARMS, hourly_body, hourly_envelope
from tests.unit.include.sources.test_openelectricity_bodies import in_body

RECORDED = PROJECT_ROOT / "infra/upstream/recorded/bodies"


def test_one_location_comes_as_an_object() -> None:
    reading = read_envelope(hourly_envelope("om_weather", hourly_body()))
    assert (reading.outcome, reading.detail, reading.credits) == ("ok", None, 1.4)
    # the labels wanted are 19:00 to 22:00 of the day that came
    assert [row["ts_utc"].hour for row in reading.rows] == [19, 20, 21, 22]
    assert reading.rows[0] == {
        "ts_utc": datetime(2025, 1, 2, 19, tzinfo=UTC),
        "location_id": "-23.520000,148.160000", "dataset": "archive", "model": "era5_seamless",
        "grid_latitude": -23.514938, "grid_longitude": 148.10127, "elevation_m": 189.0,
        **dict.fromkeys(
            [
                "shortwave_radiation_w_m2", "direct_radiation_w_m2", "diffuse_radiation_w_m2", "direct_normal_irradiance_w_m2",
                "terrestrial_radiation_w_m2", "temperature_2m_c", "dew_point_2m_c", "cloud_cover_pct", "precipitation_mm",
                "sunshine_duration_s", "wind_speed_10m_m_s", "wind_gusts_10m_m_s", "wind_direction_10m_deg", "pressure_msl_hpa",
            ],
            20.5,
        ),
    }  # fmt: skip


def test_several_locations_are_matched_by_position_not_by_the_grid_cell_that_comes_back() -> None:
    # given two answers that name the same grid cell
    body = [hourly_body(value=0.0), hourly_body(index=1, value=100.0)]
    # when they are read
    reading = read_envelope(hourly_envelope("om_weather", body, locations=FARMS))
    # then each location has its own values
    first = {row["location_id"]: row["shortwave_radiation_w_m2"] for row in reversed(reading.rows)}
    assert first == {"-23.520000,148.160000": 19.0, "-34.919115,146.609540": 119.0}
    assert reading.credits == pytest.approx(2.8)


def test_air_quality_has_its_own_columns() -> None:
    reading = read_envelope(hourly_envelope("om_air_quality", hourly_body("om_air_quality")))
    assert reading.outcome == "ok"
    assert list(reading.rows[0])[3:] == [
        "ts_utc", "grid_latitude", "grid_longitude", "elevation_m", "pm10_ug_m3", "pm2_5_ug_m3", "dust_ug_m3",
        "nitrogen_dioxide_ug_m3", "ozone_ug_m3", "sulphur_dioxide_ug_m3", "carbon_monoxide_ug_m3", "uv_index",
        "uv_index_clear_sky",
    ]  # fmt: skip
    assert (reading.rows[0]["dataset"], reading.rows[0]["model"]) == ("air_quality", "cams_global")


def test_irradiance_by_satellite_is_null_where_no_picture_was_taken() -> None:
    body = hourly_body("om_satellite")
    body["hourly"]["shortwave_radiation"][19:21] = [0.0, None]

    reading = read_envelope(hourly_envelope("om_satellite", body))

    assert list(reading.rows[0])[7:] == [
        "shortwave_radiation_w_m2", "direct_radiation_w_m2", "diffuse_radiation_w_m2", "direct_normal_irradiance_w_m2",
    ]  # fmt: skip
    # the window is of the labels from 19:00 on
    assert [row["shortwave_radiation_w_m2"] for row in reading.rows] == [0.0, None, 22.5, 23.5][: len(reading.rows)]
    assert (reading.rows[0]["dataset"], reading.rows[0]["model"]) == ("satellite", "jma_jaxa_himawari")


def test_a_null_stays_null_and_a_variable_that_a_model_lacks_needs_no_unit() -> None:
    body = hourly_body()
    body["hourly"]["temperature_2m"][20] = None
    body["hourly"]["sunshine_duration"] = [None] * 24
    body["hourly_units"]["sunshine_duration"] = "undefined"
    del body["elevation"]
    reading = read_envelope(hourly_envelope("om_weather", body))
    assert [row["temperature_2m_c"] for row in reading.rows] == [20.5, None, 22.5, 23.5]
    assert {row["sunshine_duration_s"] for row in reading.rows} == {None}
    assert {row["elevation_m"] for row in reading.rows} == {None}


def test_nothing_but_nulls_is_empty() -> None:
    body = hourly_body()
    for name in body["hourly"].keys() - {"time"}:
        body["hourly"][name] = [None] * 24
    reading = read_envelope(hourly_envelope("om_weather", body))
    assert (reading.outcome, reading.rows, reading.detail) == ("empty", [], "every value is null")


def test_a_variable_that_was_not_asked_for_is_null() -> None:
    body = hourly_body()
    del body["hourly"]["pressure_msl"]
    assert read_envelope(hourly_envelope("om_weather", body)).outcome == "invalid"
    reading = read_envelope(hourly_envelope("om_weather", body, variables=("temperature_2m", "cloud_cover")))
    assert (reading.rows[0]["temperature_2m_c"], reading.rows[0]["pressure_msl_hpa"]) == (20.5, None)


def test_the_micro_sign_is_taken_for_the_greek_letter() -> None:
    body = hourly_body("om_air_quality")
    body["hourly_units"]["pm10"] = "\N{MICRO SIGN}g/m³"
    assert read_envelope(hourly_envelope("om_air_quality", body)).outcome == "ok"


HOURLY = ("hourly",)
MALFORMED = [
    (
        in_body(*HOURLY, "temperature_2m", 3),
        "$.hourly.temperature_2m: expected an array of 24, as long as time, got an array of 23",
    ),
    (in_body(*HOURLY, "temperature_2m"), "$.hourly.temperature_2m: expected an array, got nothing"),
    (in_body(*HOURLY, "time", 3), "$.hourly.time[3]: expected the hour after the one before"),
    (in_body(*HOURLY, "time", 3, to=1735700400), "$.hourly.time[3]: expected text, got 1735700400"),
    (in_body(*HOURLY, "time", 3, to="2025-01-02T03:00+10:00"), "$.hourly.time[3]: expected a time on the hour without a zone"),
    (in_body(*HOURLY, "time", 3, to="2025-01-02T03:30"), "$.hourly.time[3]: expected a time on the hour without a zone"),
    (in_body(*HOURLY, "time", 3, to="3 am"), '$.hourly.time[3]: expected a time as 2025-01-01T00:00, got "3 am"'),
    (in_body(*HOURLY), "$.hourly: expected an object, got nothing"),
    (in_body("hourly_units", "wind_speed_10m", to="km/h"), '$.hourly_units.wind_speed_10m: expected unit "m/s", got "km/h"'),
    (in_body("hourly_units", "shortwave_radiation"), '$.hourly_units.shortwave_radiation: expected unit "W/m²", got nothing'),
    (in_body("utc_offset_seconds", to=36000), "$.utc_offset_seconds: expected 0 (GMT was asked for), got 36000"),
    (in_body("latitude", to=None), "$.latitude: expected number, got null"),
    (in_body("location_id", to=1), "$.location_id: expected 0, got 1"),
]


@pytest.mark.parametrize(("change", "complaint"), MALFORMED, ids=[complaint[:60] for _change, complaint in MALFORMED])
def test_a_malformed_body_is_invalid_names_its_path_and_gives_no_row(change: Callable[[Any], None], complaint: str) -> None:
    body = hourly_body()
    change(body)
    reading = read_envelope(hourly_envelope("om_weather", body))
    assert reading.outcome == "invalid"
    assert (reading.detail or "").startswith(complaint)
    assert reading.rows == []


@pytest.mark.parametrize("value", ["hot", False, float("nan")])
def test_a_value_that_cannot_be_read_is_null_and_refused_alone(value: object) -> None:
    body = hourly_body()
    body["hourly"]["temperature_2m"][22] = value
    sound = read_envelope(hourly_envelope("om_weather", hourly_body())).rows
    reading = read_envelope(hourly_envelope("om_weather", body))
    assert reading.outcome == "partial"
    assert [refusal.path for refusal in reading.refused] == ["$.hourly.temperature_2m[22]"]
    assert reading.rows == [row | ({"temperature_2m_c": None} if row["ts_utc"].hour == 22 else {}) for row in sound]


def test_a_location_that_cannot_be_read_spoils_no_other() -> None:
    bad = hourly_body(index=1)
    bad["hourly"]["time"][7] = "at noon"
    reading = read_envelope(hourly_envelope("om_weather", [hourly_body(), bad], locations=FARMS))
    assert (reading.outcome, len(reading.rows)) == ("partial", 4)
    assert str(reading.refused[0]) == '$[1].hourly.time[7]: expected a time as 2025-01-01T00:00, got "at noon"'


@pytest.mark.parametrize(("answers", "got"), [(1, "an array of 1"), (3, "an array of 3"), (0, "an array of 0")])
def test_the_number_of_answers_must_be_that_of_the_locations(answers: int, got: str) -> None:
    body = [hourly_body(index=index) for index in range(answers)]
    reading = read_envelope(hourly_envelope("om_weather", body, locations=FARMS))
    assert (reading.outcome, reading.detail) == ("invalid", f"$: expected 2 locations, got {got}")


def test_an_object_is_no_answer_for_two_locations() -> None:
    assert read_envelope(hourly_envelope("om_weather", hourly_body(), locations=FARMS)).outcome == "invalid"


def test_swapped_answers_are_found_by_the_index_they_echo() -> None:
    body = [hourly_body(index=1), hourly_body()]
    reading = read_envelope(hourly_envelope("om_weather", body, locations=FARMS))
    assert (reading.outcome, reading.detail) == ("invalid", "$[0].location_id: expected 0, got 1")


def test_an_error_in_the_middle_of_a_200_is_worth_asking_again() -> None:
    text = json.dumps(hourly_body())[:400] + "Unexpected error while streaming data: timeoutReached"
    reading = read_envelope(hourly_envelope("om_weather", text))
    assert (reading.outcome, reading.rows) == ("error", [])
    assert "Unexpected error while streaming data" in (reading.detail or "")


def test_bare_nan_coordinates_are_invalid() -> None:
    text = json.dumps(hourly_body()).replace("-23.514938", "nan")
    reading = read_envelope(hourly_envelope("om_weather", text))
    assert reading.outcome == "invalid"
    assert "expected number or null, got nan" in (reading.detail or "")


@pytest.mark.parametrize(
    ("status", "body", "outcome", "detail"),
    [
        (400, {"error": True, "reason": "Invalid timezone"}, "invalid", "400 Bad Request: Invalid timezone"),
        (401, {"reason": "API key required."}, "unauthorised", "401 Unauthorized: API key required."),
        (403, {"reason": "Professional plan"}, "unauthorised", "403 Forbidden: Professional plan"),
        (429, {"reason": "Too many concurrent requests"}, "rate_limited", "429 Too Many Requests: Too many concurrent requests"),
        (500, {"reason": "Something went wrong."}, "error", "500 Internal Server Error: Something went wrong."),
        (504, "<html/>", "error", "504 Gateway Timeout: <html/>"),
        (404, "not here", "error", "404 Not Found: not here"),
    ],
)
def test_every_status_has_its_outcome_and_an_error_costs_one_call(status: int, body: Any, outcome: str, detail: str) -> None:
    reading = read_envelope(hourly_envelope("om_weather", body, status=status))
    assert (reading.outcome, reading.detail, reading.rows, reading.credits) == (outcome, detail, [], 1.0)


@pytest.mark.parametrize("name", ["historical_weather.json", "satellite_radiation.json", "historical_weather_models.json"])
def test_recorded_bodies_of_other_questions_are_invalid_for_ours(name: str) -> None:
    # asked in Amsterdam time, or for daily values only: none of them may become rows
    reading = read_envelope(hourly_envelope("om_weather", (RECORDED / name).read_text(encoding="utf-8")))
    assert (reading.outcome, reading.rows) == ("invalid", [])
    assert (reading.detail or "").startswith("$.")


def test_the_recorded_body_is_read_once_it_is_in_gmt_and_metres_a_second() -> None:
    body = json.loads((RECORDED / "historical_weather.json").read_text(encoding="utf-8"))
    body |= {"utc_offset_seconds": 0}
    body["hourly_units"]["wind_speed_10m"] = "m/s"
    envelope = copy.deepcopy(hourly_envelope("om_weather", body, variables=("temperature_2m", "wind_speed_10m")))
    envelope["context"] |= {"window_start": None, "window_end": None}
    reading = read_envelope(envelope)
    assert [(row["ts_utc"].year, row["temperature_2m_c"]) for row in reading.rows] == [(1953, 5.8), (1953, 5.5), (1953, 5.1)]


@pytest.mark.parametrize(
    ("variables", "days", "locations", "weight"),
    # the examples of the API's documentation
    [(8, 30, 1, 1.71), (8, 30, 14, 24), (20, 365, 40, 2086), (8, 1, 3, 3), (14, 4, 50, 70)],
)
def test_weights_are_counted_as_the_limits_count_them(variables: int, days: int, locations: int, weight: float) -> None:
    assert call_weight(variables, days, locations) == pytest.approx(weight, rel=0.003)
