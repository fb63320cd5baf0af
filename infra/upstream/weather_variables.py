"""Every hourly variable the weather and air-quality routes know: unit, decimals, and what its label means."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Variable:
    """`preceding`: mean or sum of the hour before the label; else the value at the label. `served`: this server has it."""

    unit: str
    decimals: int
    preceding: bool = False
    served: bool = True


_RADIATION = Variable("W/m²", 1, preceding=True)
_NOT_SERVED = Variable("W/m²", 1, served=False)
_PERCENT = Variable("%", 0)
_DEGREES = Variable("°C", 1)
_WIND = Variable("km/h", 1)
_PRESSURE = Variable("hPa", 1)
_GAS = Variable("μg/m³", 1)

WEATHER = {
    "shortwave_radiation": _RADIATION,
    "direct_radiation": _RADIATION,
    "diffuse_radiation": _RADIATION,
    "direct_normal_irradiance": _RADIATION,
    "terrestrial_radiation": _RADIATION,
    "global_tilted_irradiance": _NOT_SERVED,
    "shortwave_radiation_instant": _NOT_SERVED,
    "direct_radiation_instant": _NOT_SERVED,
    "diffuse_radiation_instant": _NOT_SERVED,
    "direct_normal_irradiance_instant": _NOT_SERVED,
    "terrestrial_radiation_instant": _NOT_SERVED,
    "global_tilted_irradiance_instant": _NOT_SERVED,
    "sunshine_duration": Variable("s", 2, preceding=True),
    "precipitation": Variable("mm", 2, preceding=True),
    "rain": Variable("mm", 2, preceding=True),
    "temperature_2m": _DEGREES,
    "dew_point_2m": _DEGREES,
    "wet_bulb_temperature_2m": _DEGREES,
    "relative_humidity_2m": _PERCENT,
    "cloud_cover": _PERCENT,
    "cloud_cover_low": _PERCENT,
    "cloud_cover_mid": _PERCENT,
    "cloud_cover_high": _PERCENT,
    "wind_speed_10m": _WIND,
    "wind_gusts_10m": _WIND,
    "wind_direction_10m": Variable("°", 0),
    "surface_pressure": _PRESSURE,
    "pressure_msl": _PRESSURE,
    "is_day": Variable("", 0),
    "total_column_integrated_water_vapour": Variable("kg/m²", 1),
    "boundary_layer_height": Variable("m", 1),
}
AIR_QUALITY = {
    "pm10": _GAS,
    "pm2_5": _GAS,
    "dust": _GAS,
    "carbon_monoxide": _GAS,
    "nitrogen_dioxide": _GAS,
    "sulphur_dioxide": _GAS,
    "ozone": _GAS,
    "aerosol_optical_depth": Variable("", 2),
    "uv_index": Variable("", 2),
    "uv_index_clear_sky": Variable("", 2),
}
SATELLITE = {name: variable for name, variable in WEATHER.items() if variable in (_RADIATION, _NOT_SERVED)}
RADIATION_NAMES = frozenset(name for name, variable in WEATHER.items() if variable is _RADIATION)

WIND_UNITS = {"kmh": ("km/h", 1.0, 1), "ms": ("m/s", 1 / 3.6, 2), "mph": ("mp/h", 1 / 1.609344, 1), "kn": ("kn", 1 / 1.852, 1)}
"""`wind_speed_unit` -> unit text, factor from km/h, decimals."""
