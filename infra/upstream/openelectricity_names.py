"""Names that OpenElectricity v4 takes as parameters; any other is a 422 that lists them."""

from __future__ import annotations

from enum import StrEnum


class Metric(StrEnum):
    """Values of `metrics`."""

    POWER = "power"
    ENERGY = "energy"
    PRICE = "price"
    MARKET_VALUE = "market_value"
    DEMAND = "demand"
    DEMAND_ENERGY = "demand_energy"
    EMISSIONS = "emissions"
    RENEWABLE_PROPORTION = "renewable_proportion"
    CURTAILMENT = "curtailment"
    CURTAILMENT_ENERGY = "curtailment_energy"
    CURTAILMENT_SOLAR_UTILITY = "curtailment_solar_utility"
    CURTAILMENT_SOLAR_UTILITY_ENERGY = "curtailment_solar_utility_energy"
    CURTAILMENT_WIND = "curtailment_wind"
    CURTAILMENT_WIND_ENERGY = "curtailment_wind_energy"
    STORAGE_BATTERY = "storage_battery"


MARKET_METRICS = frozenset(
    metric for metric in Metric if metric in ("price", "demand", "demand_energy") or metric.startswith("curtailment")
)
"""What `/market/network` takes."""


class PrimaryGrouping(StrEnum):
    """Values of `primary_grouping`."""

    NETWORK = "network"
    NETWORK_REGION = "network_region"


class Interval(StrEnum):
    """Values of `interval`."""

    FIVE_MINUTES = "5m"
    HALF_HOUR = "30m"
    HOUR = "1h"
    DAY = "1d"
    WEEK = "7d"
    MONTH = "1M"
    QUARTER = "3M"
    SEASON = "season"
    YEAR = "1y"
    FINANCIAL_YEAR = "fy"


class Status(StrEnum):
    """Values of `status_id`."""

    COMMITTED = "committed"
    OPERATING = "operating"
    COMMISSIONING = "commissioning"
    RETIRED = "retired"


class Fueltech(StrEnum):
    """Values of `fueltech_id`."""

    SOLAR_UTILITY = "solar_utility"
    WIND = "wind"
    BATTERY = "battery"
    BATTERY_CHARGING = "battery_charging"
    BATTERY_DISCHARGING = "battery_discharging"
    BIOENERGY_BIOGAS = "bioenergy_biogas"
    BIOENERGY_BIOMASS = "bioenergy_biomass"
    COAL_BLACK = "coal_black"
    COAL_BROWN = "coal_brown"
    DISTILLATE = "distillate"
    GAS_CCGT = "gas_ccgt"
    GAS_OCGT = "gas_ocgt"
    GAS_RECIP = "gas_recip"
    GAS_STEAM = "gas_steam"
    GAS_WCMG = "gas_wcmg"
    HYDRO = "hydro"
    PUMPS = "pumps"
    SOLAR_ROOFTOP = "solar_rooftop"
    SOLAR_THERMAL = "solar_thermal"
    NUCLEAR = "nuclear"
    OTHER = "other"
    SOLAR = "solar"
    WIND_OFFSHORE = "wind_offshore"
    IMPORTS = "imports"
    EXPORTS = "exports"
    INTERCONNECTOR = "interconnector"
    AGGREGATOR_VPP = "aggregator_vpp"
    AGGREGATOR_DR = "aggregator_dr"


class FueltechGroup(StrEnum):
    """Values of `fueltech_group_id`."""

    SOLAR = "solar"
    WIND = "wind"
    HYDRO = "hydro"
    BIOMASS = "biomass"
    COAL = "coal"
    GAS = "gas"
    BATTERY = "battery"
    BATTERY_CHARGING = "battery_charging"
    BATTERY_DISCHARGING = "battery_discharging"
    DISTILLATE = "distillate"
    BIOENERGY = "bioenergy"
    PUMPS = "pumps"


COMMUNITY_MAXIMUM_DAYS = {
    "5m": 8, "30m": 16, "1h": 32, "1d": 366, "7d": 366, "1M": 732, "3M": 1830, "season": 1830, "1y": 3700, "fy": 7,
}  # fmt: skip
"""Longest range of a request by interval, in whole days, on the free plan."""
