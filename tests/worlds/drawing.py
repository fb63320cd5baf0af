"""Worlds drawn by seed: copies of ten farms, some of which the sources get wrong in one to three ways at once."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.upstream.farms import Farm, Unit, listed_farms

FARMS = int(os.environ.get("PV_TEST_FARMS", "10"))
"""Of each world; of three, 20 worlds of seed 1 draw every kind of fault: those of `make test`."""
HEALTHY_SHARE = 0.3
DAYS = int(os.environ.get("PV_TEST_DAYS", "31"))
"""Which is one window of a backfill of many plants. 19 are the faults' and the 14 that a day's figures are made with."""
END = datetime(2025, 4, 2)  # noqa: DTZ001
START = END - timedelta(days=DAYS)
"""Network-local days of the worlds, the end exclusive."""
FAULTY_DAYS = 5
"""The last days, which the faults lie in; what is before them is the history that rules learn from."""
PLACE_DEGREES = 0.00001
"""A metre of latitude: a place of its own for each world, under the sky of the others."""
CLEAN = "CLEAN"
"""Prefix of the copies that nothing happens to; as long as those of the worlds."""

Switched = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class World:
    """One drawn world. `first` and `second`: faults that are on in the first and in the second pass, by name and parameters.

    `kinds`: what hits a farm in the second pass, by the farm's own code; a farm without an entry is healthy. `renamed`: the
    facility code under which the second pass finds it.
    """

    number: int
    first: list[Switched] = field(default_factory=list)
    second: list[Switched] = field(default_factory=list)
    kinds: dict[str, list[str]] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        """What its codes begin with."""
        return f"W{self.number:03d}_"

    def plants(self, farm: str) -> tuple[str, ...]:
        """Codes under which a farm of this world may be found."""
        code = f"{self.prefix}{farm}"
        return (code, self.renamed[farm]) if farm in self.renamed else (code,)


def drawn_farms(seed: int) -> list[Farm]:
    """The farms of all worlds of a seed: those that were in full service before the first day."""
    settled = [farm for farm in listed_farms() if farm.top_share > 1]
    return random.Random(f"farms {seed}").sample(settled, FARMS)


def draw_world(seed: int, number: int, farms: list[Farm]) -> World:
    """World number `number` of a seed."""
    world, drawer = World(number), random.Random(f"world {seed} {number}")
    for farm in farms:
        if drawer.random() >= HEALTHY_SHARE:
            _Spoiler(world, farm, drawer).spoil()
    return world


class _Spoiler:
    """Draws what happens to one farm. Hours are UTC; a fault of the data is aimed at the codes of the second pass."""

    def __init__(self, world: World, farm: Farm, drawer: random.Random) -> None:
        self.world, self.farm, self.drawer = world, farm, drawer
        self.code = f"{world.prefix}{farm.code}"
        self.units = [f"{world.prefix}{unit.code}" for unit in farm.units]

    def spoil(self) -> None:
        registry = self.drawer.choice([None, None, *_REGISTRY])
        data = self.drawer.sample(list(_DATA), self.drawer.choice([0, 1, 1, 2]))
        for kind in ([registry] if registry else []) + data or [self.drawer.choice(list(_DATA))]:
            (_REGISTRY | _DATA)[kind](self)
            self.world.kinds.setdefault(self.farm.code, []).append(kind)

    def on(self, name: str, *, in_both: bool = False, **params: Any) -> None:
        self.world.second.append((name, params))
        if in_both:
            self.world.first.append((name, params))

    @property
    def unit(self) -> str:
        return self.drawer.choice(self.units)

    def some_unit(self) -> tuple[int, Unit]:
        return self.drawer.choice(list(enumerate(self.farm.units)))

    def day(self) -> datetime:
        """Start of one of the faulty days, as an instant."""
        local = END - timedelta(days=self.drawer.randint(1, FAULTY_DAYS))
        return local.replace(tzinfo=UTC) - timedelta(hours=self.farm.utc_offset_hours)

    def span(self, hours: int) -> dict[str, str]:
        """Hours by day that follow one another."""
        start = self.day() + timedelta(hours=self.drawer.randint(8, 16 - min(hours, 8)))
        return {"from": f"{start:%FT%TZ}", "to": f"{start + timedelta(hours=hours):%FT%TZ}"}

    def thinned_hours(self) -> None:
        factor = 1 - self.drawer.randint(1, 11) / 12
        self.on("thinned_hours", unit_codes=[self.unit], factor=factor, **self.span(self.drawer.randint(1, 4)))

    def doubled_rows(self) -> None:
        start = self.day()
        days = self.drawer.randint(1, 3)
        span = {"from": f"{start:%FT%TZ}", "to": f"{start + timedelta(days=days):%FT%TZ}"}
        self.on("doubled_rows", unit_codes=[self.unit], **span)

    def nulls_after_values(self) -> None:
        start = self.day()
        hours = [start + timedelta(hours=hour) for hour in self.drawer.sample(range(7, 18), self.drawer.randint(1, 5))]
        self.on("nulls_after_values", unit_code=self.unit, hours=[f"{hour:%FT%TZ}" for hour in hours])

    def withdrawn_hours(self) -> None:
        self.on("withdrawn_hours", unit_code=self.unit, **self.span(self.drawer.randint(6, 30)))

    def withdrawn_units(self) -> None:
        self.on("withdrawn_units", unit_codes=[self.unit])

    def frozen_night(self) -> None:
        local = END - timedelta(days=self.drawer.randint(2, FAULTY_DAYS))
        self.on("frozen_night", unit_code=self.unit, date=f"{local:%F}")

    def twice_capacity(self) -> None:
        self.on("twice_capacity", unit_code=self.unit)

    def ghi_outliers(self) -> None:
        """At a place that no other copy has."""
        latitude = round(self.farm.latitude + PLACE_DEGREES * (1 + self.world.number), 6)
        start = self.day()
        labels = [start + timedelta(hours=hour) for hour in self.drawer.sample(range(10, 16), self.drawer.randint(1, 3))]
        self.on("moved_coordinates", in_both=True, facility_code=self.code, latitude=latitude)
        value = self.drawer.choice([-50.0, 1600.0, 9999.0])
        self.on("ghi_outliers", labels=[f"{label:%FT%TZ}" for label in labels], latitude=latitude, value=value)

    def renamed_unit(self) -> None:
        index, _ = self.some_unit()
        self.on("renamed_unit", unit_code=self.units[index], to=f"{self.units[index]}N")
        self.units[index] += "N"

    def renamed_facility(self) -> None:
        self.world.renamed[self.farm.code] = f"{self.code}N"
        self.on("renamed_facility", facility_code=self.code, to=f"{self.code}N")

    def split_unit(self) -> None:
        index, _ = self.some_unit()
        whole = self.units.pop(index)
        parts = [whole, *(f"{whole}P{number}" for number in range(2, self.drawer.randint(2, 3) + 1))]
        self.on("split_unit", unit_code=whole, codes=parts)
        self.units += parts

    def upgraded_unit(self) -> None:
        """Said today, in force today: what was made before stays what it was."""
        index, _ = self.some_unit()
        factor = self.drawer.choice([1.2, 1.5, 2])
        self.on("upgraded_unit", unit_code=self.units[index], factor=factor, since="2026-01-01T00:00:00Z")

    def coarse_date(self) -> None:
        index, _ = self.some_unit()
        event = self.drawer.choice(["commencement", "closure"])
        specificity = self.drawer.choice(["year", "quarter", "month"])
        self.on("coarse_date", unit_code=self.units[index], event=event, specificity=specificity, date="2025-01-01")

    def undated_unit(self) -> None:
        self.on("undated_unit", unit_code=self.unit)

    def absurd_capacity(self) -> None:
        index, unit = self.some_unit()
        capacity = round(unit.capacity_mw * self.drawer.choice([1 / 40, 1 / 10, 0.3]), 3)
        self.on("absurd_capacity", unit_code=self.units[index], capacity=capacity)

    def moved_coordinates(self) -> None:
        self.on("moved_coordinates", facility_code=self.code, north_km=self.drawer.choice([0.001, 0.5, 40]))

    def retired_farm(self) -> None:
        closure = END - timedelta(days=self.drawer.randint(1, FAULTY_DAYS))
        self.on("retired_farm", facility_code=self.code, closure_date=f"{closure:%F}", vanishes=self.drawer.random() < 0.3)


_DATA = {
    name: getattr(_Spoiler, name)
    for name in (
        "thinned_hours", "doubled_rows", "nulls_after_values", "withdrawn_hours", "withdrawn_units", "frozen_night",
        "twice_capacity", "ghi_outliers",
    )
}  # fmt: skip
_REGISTRY = {
    name: getattr(_Spoiler, name)
    for name in (
        "renamed_unit", "renamed_facility", "split_unit", "upgraded_unit", "coarse_date", "undated_unit", "absurd_capacity",
        "moved_coordinates", "retired_farm",
    )
}  # fmt: skip
