"""The weather of an hour: from labels, of the better source, and never what cannot be."""

import pytest

from include.windows import HOUR
from tests.spark.lakehouse import NOON, Lakehouse, facility, unit


def test_weather_is_of_the_hour_it_describes(lakehouse: Lakehouse) -> None:
    # Given labels at both ends of an hour, and a lone one later
    lakehouse.facilities(facility("AVLSF", unit("AVLSF1")), facility("TWIN", unit("TWIN1")))
    noon = {"shortwave_radiation": 1.0, "precipitation": 1.0, "temperature_2m": 20.0, "wind_direction_10m": 350.0}
    one = {"shortwave_radiation": 900.0, "precipitation": 0.4, "temperature_2m": 23.0, "wind_direction_10m": 20.0}
    lakehouse.weather({NOON: noon, NOON + HOUR: one | {"wind_gusts_10m": 12.0}})
    lakehouse.weather({NOON + 5 * HOUR: {"shortwave_radiation": 300.0, "temperature_2m": 30.0}})
    lakehouse.air_quality({NOON: {"pm10": 4.0, "dust": 1.0}, NOON + HOUR: {"pm10": 6.0}})
    lakehouse.load()
    lakehouse.load("om")
    lakehouse.normalize(NOON, 5)

    # Then radiation and sums come from the label at the end, the rest is the mean of both ends
    columns = ("ghi_w_m2", "precipitation_mm", "temperature_c", "wind_direction_deg", "wind_gust_m_s")
    rows = lakehouse.rows("silver.fact_weather_hourly", "plant_id", "ts_utc", *columns)
    of_one = [tuple(row.values())[1:] for row in rows if row["plant_id"] == "AVLSF"]
    assert of_one == [
        (NOON - HOUR, 1.0, 1.0, None, None, None),
        (NOON, 900.0, 0.4, 21.5, 5.0, 12.0),
        (NOON + 4 * HOUR, 300.0, None, None, None, None),
    ]
    # And the plant at the same place has the same
    assert [tuple(row.values())[1:] for row in rows if row["plant_id"] == "TWIN"] == of_one
    elevations = lakehouse.rows("silver.fact_weather_hourly", "solar_elevation_deg", where=f"ts_utc = '{NOON}'")
    assert elevations[0]["solar_elevation_deg"] == pytest.approx(78.0, abs=0.5)
    air = lakehouse.rows("silver.fact_air_quality_hourly", "ts_utc", "pm10_ug_m3", "dust_ug_m3", where="plant_id = 'AVLSF'")
    assert [tuple(row.values()) for row in air] == [(NOON - HOUR, None, None), (NOON, 5.0, None)]


@pytest.mark.parametrize("ghi", [9999.0, *(pytest.param(ghi, marks=pytest.mark.long) for ghi in (-6.0, 1650.0))])
def test_a_weather_value_that_cannot_be_is_refused_alone(lakehouse: Lakehouse, ghi: float) -> None:
    # Given two plants at one place, a GHI that no sky gives, and a forecast that has another
    lakehouse.facilities(facility("AVLSF", unit("AVLSF1")), facility("TWIN", unit("TWIN1")))
    sound = {"shortwave_radiation": 900.0, "temperature_2m": 20.0}
    wrong = lakehouse.weather({NOON: sound, NOON + HOUR: sound | {"shortwave_radiation": ghi}, NOON + 2 * HOUR: sound})
    lakehouse.weather({label: {"shortwave_radiation": 700.0} for label in (NOON, NOON + HOUR)}, dataset="forecast")
    lakehouse.air_quality({NOON: {"pm10": 4.0}, NOON + HOUR: {"pm10": -1.0}})
    lakehouse.load()
    lakehouse.load("om")
    lakehouse.normalize(NOON, 2)

    # Then its hour has none, also not the forecast's; the hour's other values and the hours beside it have theirs
    columns = ("ts_utc", "ghi_w_m2", "temperature_c", "is_provisional")
    rows = lakehouse.rows("silver.fact_weather_hourly", *columns, where="plant_id = 'AVLSF'")
    assert [tuple(row.values()) for row in rows][1:] == [(NOON, None, 20.0, False), (NOON + HOUR, 900.0, 20.0, False)]
    refused = lakehouse.rows("silver.rejected_rows", "unit_code", "plant_id", "network_id", "metric", "ts_utc", "value", "reason")
    of_weather = [tuple(row.values()) for row in refused if row["metric"] == "shortwave_radiation_w_m2"]
    assert of_weather == [
        (plant, plant, "NEM", "shortwave_radiation_w_m2", NOON, ghi, "outside_physical_limits") for plant in ("AVLSF", "TWIN")
    ]
    assert {row["value"] for row in refused if row["metric"] == "pm10_ug_m3"} == {-1.0}
    sources = lakehouse.rows("silver.rejected_rows", "landing_object", where="metric = 'shortwave_radiation_w_m2'")
    assert {row["landing_object"] for row in sources} == {wrong}
    air = lakehouse.rows("silver.fact_air_quality_hourly", "pm10_ug_m3", where=f"plant_id = 'AVLSF' AND ts_utc = '{NOON}'")
    assert air == [{"pm10_ug_m3": None}]

    # And a later answer that can be is taken, and the refusal goes
    lakehouse.weather({NOON + HOUR: sound})
    lakehouse.air_quality({NOON + HOUR: {"pm10": 6.0}})
    lakehouse.load("om")
    lakehouse.normalize(NOON, 2)
    assert lakehouse.rows("silver.rejected_rows") == []


def test_an_archive_value_beats_a_forecast_one_value_by_value(lakehouse: Lakehouse) -> None:
    lakehouse.facilities(facility("AVLSF", unit("AVLSF1")))
    both = {"shortwave_radiation": 500.0, "temperature_2m": 20.0, "pressure_msl": 1010.0}
    settled = {"shortwave_radiation": 600.0, "temperature_2m": 22.0, "pressure_msl": None}
    labels = [NOON + HOUR * n for n in range(4)]
    # The forecast of the last label comes after the archive; the archive's last pressure is missing.
    lakehouse.weather(dict.fromkeys(labels[1:3], settled) | {labels[0]: {**settled, "pressure_msl": 1000.0}})
    lakehouse.weather(dict.fromkeys(labels, both), dataset="forecast")
    lakehouse.load()
    lakehouse.load("om")
    lakehouse.normalize(NOON, 3)

    columns = ("ts_utc", "ghi_w_m2", "temperature_c", "pressure_msl_hpa", "is_provisional")
    rows = [tuple(row.values()) for row in lakehouse.rows("silver.fact_weather_hourly", *columns)]
    assert rows == [
        (NOON - HOUR, 600.0, None, None, False),
        (NOON, 600.0, 22.0, 1005.0, True),
        (NOON + HOUR, 600.0, 22.0, 1010.0, True),
        (NOON + 2 * HOUR, 500.0, 21.0, 1010.0, True),
    ]
