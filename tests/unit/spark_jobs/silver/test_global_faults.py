"""Silver's rules on the hours of drawn worlds in which a fault hits every plant: tests/worlds has the same on a stack."""

from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pytest

from infra.upstream.defects import UnitHours, with_defects
from infra.upstream.farms import Farm, Unit, listed_farms
from infra.upstream.faults import Bitten, Fault
from infra.upstream.generation import unit_energy_mwh
from infra.upstream.hours import HOURS_OF_DAY, hour_index
from infra.upstream.registry_faults import spoiled_farms
from infra.upstream.sky import Sky
from spark_jobs.silver.capacity_shares import REJECT_ABOVE_CAPACITY
from spark_jobs.silver.run_rules import Bools, Series, judge
from tests.worlds.global_faults import DAYS, GlobalWorld, Hit, copies, draw_global_world, global_farms
from tests.worlds.judging import DAY_BOUND, HOUR_BOUND, ROWS_BOUND

SEEDS = (1, 2, 73)
"""The last has hours of which one row of twelve is missing and that no rule sees."""
DEEP_NIGHT = (21, 4)
"""Network-local hours that are the third of the night and later at every farm and in every month."""
SKY = Sky()
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Judged:
    """A unit's hours in a world: energy (MWh) without and with its faults, and what the rules say of the latter."""

    def __init__(self, world: GlobalWorld, farm: Farm, unit: Unit, bitten: Bitten) -> None:
        self.first_hour = hour_index(world.start.replace(tzinfo=UTC)) - farm.utc_offset_hours
        count = DAYS * HOURS_OF_DAY
        self.clean = unit_energy_mwh(SKY, farm, unit, self.first_hour, count)
        self.capacity_mw, self.hits = unit.capacity_mw, [hit for hit in world.hits if hit.network == farm.network_id]
        made = UnitHours(
            unit.code, unit.capacity_mw, farm.utc_offset_hours, self.first_hour, self.clean, self.clean.copy(), self.clean
        )
        said = with_defects(made, bitten, NOW, 0)
        self.said = said.energy_mwh
        local = (self.first_hour + np.arange(count) + farm.utc_offset_hours) % HOURS_OF_DAY
        is_night = (local >= DEEP_NIGHT[0]) | (local < DEEP_NIGHT[1])
        capacity = np.full(count, unit.capacity_mw)
        verdicts = judge(Series(self.first_hour, self.said, said.power_mw, capacity, farm.utc_offset_hours, is_night))
        self.is_incomplete = verdicts.is_incomplete
        self.is_refused = np.abs(self.said) > REJECT_ABOVE_CAPACITY * capacity
        self.is_refused[[index for _, index in verdicts.refusals()]] = True

    @property
    def is_marked(self) -> Bools:
        return self.is_refused | self.is_incomplete | ~np.isfinite(self.said)

    def inside(self, hit: Hit, *, with_reach: bool = True) -> Bools:
        start, end = hit.hours if with_reach else (hit.start, hit.end)
        hours = self.first_hour + np.arange(len(self.said))
        is_inside: Bools = (hours >= hour_index(start)) & (hours < hour_index(end))
        return is_inside

    def by_day(self, values: npt.NDArray[np.float64] | Bools) -> npt.NDArray[np.float64]:
        days: npt.NDArray[np.float64] = values.reshape(DAYS, HOURS_OF_DAY).sum(axis=1)
        return days


@pytest.fixture(scope="module", params=[(seed, number) for seed in SEEDS for number in (0, 1)], ids=str)
def judged(request: pytest.FixtureRequest) -> list[Judged]:
    seed, number = request.param
    farms = global_farms(seed)
    world = draw_global_world(seed, number, farms)
    bitten = Bitten()
    for fault in [copies(farms), *world.switched]:
        bitten.setdefault(fault["name"], []).append(Fault(**fault))
    return [Judged(world, farm, unit, bitten) for farm in spoiled_farms(listed_farms(), bitten, NOW) for unit in farm.units]


def test_nothing_is_said_of_hours_that_no_fault_reaches(judged: list[Judged]) -> None:
    for each in judged:
        is_outside = ~np.any([np.zeros(len(each.said), dtype=bool), *map(each.inside, each.hits)], axis=0)
        assert not (is_outside & (each.is_marked | (each.said != each.clean))).any()


def test_a_wrong_hour_is_refused_or_flagged(judged: list[Judged]) -> None:
    for each in judged:
        bound = np.maximum(HOUR_BOUND * each.capacity_mw, ROWS_BOUND * each.clean)
        assert not ((np.abs(each.said - each.clean) > bound) & ~each.is_marked).any()


def test_a_day_without_a_mark_has_its_energy(judged: list[Judged]) -> None:
    for each in judged:
        clean, said = each.by_day(each.clean), each.by_day(np.nan_to_num(each.said))
        is_wrong = np.abs(said - clean) > np.maximum(DAY_BOUND * clean, 0.0144 * each.capacity_mw)
        assert not (is_wrong & (each.by_day(each.is_marked) == 0)).any()


def test_every_value_of_doubled_rows_is_refused(judged: list[Judged]) -> None:
    for each in judged:
        for hit in (hit for hit in each.hits if hit.kind == "doubled_rows"):
            assert each.is_refused[each.inside(hit, with_reach=False) & (each.said > 0)].all()
