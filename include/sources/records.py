"""The sources of the lakehouse, one record each.

Landing's folders, Bronze's tables and loads, the readers of envelopes, the fetch tasks with their pools and pages, lineage,
Silver's progress, the credit budget and the benches are derived from these records. Another source begins here:
docs/how-to/add-a-source.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Family:
    """Sources of one API. They share its pool, and one Bronze job loads them.

    name: short, as in the job's argument and in task names. api: as people say it. pool: of Airflow, one caller at a time.
    envelopes: most that are loaded by one commit. They are held in memory, and spilled to disk: a hundred of a backfill, each
    a month of 30 farms, are below five million rows.
    """

    name: str
    api: str
    pool: str
    envelopes: int = 100

    @property
    def load_pool(self) -> str:
        """Airflow's pool of the job that writes the family's Bronze tables."""
        return f"spark_bronze_{self.name}"


@dataclass(frozen=True)
class Source:
    """One kind of question to an API, whose answers go to one Bronze table.

    name: in landing, in envelopes and in `bronze.api_requests`. task: the fetch task's name after `fetch_`, and that of the
    function in `include.sources.fetch`. reader: module whose `read` makes rows of an envelope. title: first sentence of the
    task's page. is_registry: it names plants and units; the others wait for it, and it is loaded first. is_beside: no
    other source needs it, and its failure is that of its task alone. setting: what must be true for it to be asked; None: always.
    """

    name: str
    family: Family
    task: str
    table: str
    reader: str
    title: str
    is_registry: bool = False
    is_beside: bool = False
    setting: str | None = None

    def is_on(self, settings: object) -> bool:
        """Tell whether these settings ask it."""
        return self.setting is None or bool(getattr(settings, self.setting))

    def read(self) -> Callable[[Any], Any]:
        """Return the function that reads its envelopes; loaded when it is needed, since readers use what reads them."""
        reader: Callable[[Any], Any] = import_module(self.reader).read
        return reader


OPENELECTRICITY = Family("oe", "OpenElectricity", "api_openelectricity")
OPEN_METEO = Family("om", "Open-Meteo", "api_openmeteo")
AEMO = Family("aemo", "AEMO (NEMWEB)", "api_aemo", envelopes=8)
"""Its envelopes hold files of 9 MB."""
FAMILIES = (OPENELECTRICITY, OPEN_METEO, AEMO)

REGISTRY = Source(
    name="oe_facilities",
    family=OPENELECTRICITY,
    task="facilities",
    table="bronze.oe_facilities_raw",
    reader="include.sources.openelectricity.bodies",
    title="Asks OpenElectricity for the solar facilities (registry).",
    is_registry=True,
)
GENERATION = Source(
    name="oe_generation",
    family=OPENELECTRICITY,
    task="generation",
    table="bronze.oe_generation_hourly_raw",
    reader="include.sources.openelectricity.time_series",
    title="Asks OpenElectricity for power, energy and market value of every unit. Also runs when the registry failed.",
)
MARKET = Source(
    name="oe_market",
    family=OPENELECTRICITY,
    task="market",
    table="bronze.oe_market_hourly_raw",
    reader="include.sources.openelectricity.time_series",
    title="Asks OpenElectricity for prices and curtailed solar of regions. Its failure stops no other task.",
    is_beside=True,
    setting="pv_market",
)
CONTROL = Source(
    name="oe_control",
    family=OPENELECTRICITY,
    task="control",
    table="bronze.oe_control_daily_raw",
    reader="include.sources.openelectricity.time_series",
    title="Asks OpenElectricity once a day for its own total of each region's utility solar. Its failure stops no other task.",
    is_beside=True,
    setting="pv_control",
)
WEATHER = Source(
    name="om_weather",
    family=OPEN_METEO,
    task="weather",
    table="bronze.om_weather_hourly_raw",
    reader="include.sources.openmeteo.bodies",
    title="Asks Open-Meteo for weather at every plant, one request at a time.",
)
AIR_QUALITY = Source(
    name="om_air_quality",
    family=OPEN_METEO,
    task="air_quality",
    table="bronze.om_air_quality_hourly_raw",
    reader="include.sources.openmeteo.bodies",
    title="Asks Open-Meteo for air quality at every plant, one request at a time.",
)

SATELLITE = Source(
    name="om_satellite",
    family=OPEN_METEO,
    task="satellite",
    table="bronze.om_satellite_hourly_raw",
    reader="include.sources.openmeteo.bodies",
    title="Asks Open-Meteo for irradiance seen by satellite at every plant. There with `PV_SATELLITE_IRRADIANCE=1` only.",
    setting="pv_satellite_irradiance",
)
UNIT_SOLUTION = Source(
    name="aemo_unit_solution",
    family=AEMO,
    task="unit_solution",
    table="bronze.aemo_unit_solution_raw",
    reader="include.sources.aemo.unit_solution",
    title="Asks the market operator for what its dispatch told every unit the day before. There with `PV_UNIT_SOLUTION=1` only.",
    is_beside=True,
    setting="pv_unit_solution",
)

SOURCES = (REGISTRY, GENERATION, MARKET, CONTROL, WEATHER, AIR_QUALITY, SATELLITE, UNIT_SOLUTION)
"""In the order in which a run asks."""


def source(name: str) -> Source:
    """Return the source of an envelope. Raises KeyError naming the known ones."""
    for each in SOURCES:
        if each.name == name:
            return each
    raise KeyError(f"no source {name!r}; there are {', '.join(each.name for each in SOURCES)}")


def family_named(name: str) -> Family:
    """Return a family by its name. Raises KeyError for an unknown one."""
    return {each.name: each for each in FAMILIES}[name]


def of_family(name: str) -> tuple[Source, ...]:
    """Return the sources of a family, by the family's name, in the order in which a run asks."""
    return tuple(each for each in SOURCES if each.family.name == name)


def asked(settings: object, family: Family | None = None) -> tuple[Source, ...]:
    """Return the sources that these settings ask, of one family or of all, in the order in which a run asks."""
    return tuple(each for each in SOURCES if family in (None, each.family) and each.is_on(settings))


def names(*sources: Source) -> tuple[str, ...]:
    """Return the names of sources."""
    return tuple(each.name for each in sources)
