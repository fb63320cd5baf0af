"""The fetch tasks: land every answer for a window, then fail if one of them was bad.

Rows reach Bronze from landing, not from here; what is returned is a summary for the log.
"""

from include.sources.fetch.control import fetch_control
from include.sources.fetch.facilities import fetch_facilities
from include.sources.fetch.generation import fetch_generation
from include.sources.fetch.market import fetch_market
from include.sources.fetch.unit_solution import fetch_unit_solution
from include.sources.fetch.weather import fetch_air_quality, fetch_satellite, fetch_weather

__all__ = [
    "fetch_air_quality",
    "fetch_control",
    "fetch_facilities",
    "fetch_generation",
    "fetch_market",
    "fetch_satellite",
    "fetch_unit_solution",
    "fetch_weather",
]
