"""`silver.dim_unit`: the newest registry version of each unit, and from when to when the unit counts.

The registry is a few hundred rows: the newest versions come to the driver and the rest is plain Python.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from include.networks import NETWORKS, Network

SOLAR = "solar_utility"


@dataclass(frozen=True)
class Version:
    """One unit as the registry last described it; a row of `bronze.oe_facilities_raw`."""

    row: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        """Return a column."""
        return self.row[name]

    @property
    def network(self) -> Network:
        """The unit's network."""
        return NETWORKS[self.row["network_id"]]

    @property
    def capacity_mw(self) -> float | None:
        """AC capacity; registered capacity is often the larger DC or nameplate figure (AVLSF: 254 registered, 190 maximum)."""
        maximum: float | None = self.row["capacity_maximum_mw"]
        registered: float | None = self.row["capacity_registered_mw"]
        return maximum if maximum is not None else registered

    @property
    def commissioned_from(self) -> datetime | None:
        """First hour in commission; None when the registry does not say."""
        commencement, first_seen = self.row["commencement_date"], self.row["data_first_seen_utc"]
        if commencement is not None:
            return self.network.midnight_utc(commencement)
        return first_seen.replace(minute=0, second=0, microsecond=0) if first_seen is not None else None

    @property
    def retired_from(self) -> datetime | None:
        """First hour after the last day of service.

        A unit that the registry calls retired without a date counts on: nothing says since when it does not.
        """
        closure = self.row["closure_date"]
        return self.network.midnight_utc(closure + timedelta(days=1)) if closure is not None else None

    @property
    def is_retired(self) -> bool:
        """Whether the registry says that the unit is out of service, now or from a given day on."""
        return self.row["closure_date"] is not None or self.row["status_id"] == "retired"


def newest_versions(registry: DataFrame) -> DataFrame:
    """Return the newest row of each (network_id, unit_code) of `bronze.oe_facilities_raw`, solar units only.

    A unit that moved to another facility has the newer facility; one that the registry no longer names keeps its last row.
    """
    newest_first = Window.partitionBy("network_id", "unit_code").orderBy(F.desc("_ingest_time"), F.desc("facility_code"))
    ranked = registry.withColumn("rank", F.row_number().over(newest_first))
    return ranked.where((F.col("rank") == 1) & (F.col("fueltech_id") == SOLAR)).drop("rank")


def dim_unit(versions: Iterable[Version]) -> list[dict[str, Any]]:
    """Return the rows of `silver.dim_unit`, without `_updated_at`."""
    return [_row(version) for version in versions]


def _row(version: Version) -> dict[str, Any]:
    source = "capacity_maximum" if version.capacity_maximum_mw is not None else "capacity_registered"
    return {
        "network_id": version.network_id,
        "unit_code": version.unit_code,
        "plant_id": version.facility_code,
        "capacity_mw": version.capacity_mw,
        "capacity_source": source if version.capacity_mw is not None else None,
        "status_id": version.status_id,
        "commissioned_from_utc": version.commissioned_from,
        "retired_from_utc": version.retired_from,
        "last_ingest_time": version._ingest_time,
    }
