"""What Silver judges by more than one hour: plants of 100 MW, arrays from a local midnight on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from include.windows import HOUR, Window
from infra.upstream.farms import listed_farms
from infra.upstream.recorded_week import recorded_energy_mwh
from spark_jobs.silver.capacity import BEGIN, END
from spark_jobs.silver.findings import Finding, changed_hours, spliced
from spark_jobs.silver.learnt_limits import above_limit, history, limit, months_to_learn
from spark_jobs.silver.registry import Span
from spark_jobs.silver.run_rules import Series, Verdicts, judge, needs_wide
from spark_jobs.silver.sun import is_deep_night, is_night
from spark_jobs.silver.unit_series import capacities, deep_nights, series_of, sun_points

NAN = float("nan")
# Sunlit from 5 to 19 o'clock; the third night hour begins at 21:00.
SUN = np.array([0.0] * 5 + [5, 20, 40, 60, 75, 85, 90, 90, 85, 75, 60, 40, 20, 8, 2] + [0.0] * 4)
DAY, DUSK, DEEP = 24, 19, 22


def series(
    energy: Sequence[float] | np.ndarray, power: Sequence[float] | np.ndarray | None = None, *, capacity: float = 100.0
) -> Series:
    """Hours from midnight in NEM; power as energy unless given. Deep night from 22 to 5 o'clock."""
    first = 480_000 - 10
    clock = np.arange(len(energy)) % DAY
    values = np.array(energy, dtype=float)
    of_power = values.copy() if power is None else np.array(power, dtype=float)
    return Series(first, values, of_power, np.full(len(values), capacity), 10, (clock >= DEEP) | (clock < 5))


def refused(verdicts: Verdicts) -> dict[str, list[int]]:
    hours: dict[str, list[int]] = {}
    for reason, index in verdicts.refusals():
        hours.setdefault(reason, []).append(index)
    return hours


def test_half_of_an_hours_rows_make_it_incomplete_and_a_ramp_does_not() -> None:
    # Given energy 30 at a power of 60 at 9, and a ramp's gap of 4.2 MWh at a ratio of 0.58 at 6
    energy, power = SUN.copy(), SUN.copy()
    energy[9], power[9] = 30.0, 60.0
    energy[6], power[6] = 5.8, 10.0
    energy[17], power[17] = 0.0, 0.1  # power near 0 says nothing
    # On a day that is not closed yet, so that it does not speak
    assert np.flatnonzero(judge(series(energy[:20], power[:20])).is_incomplete).tolist() == [9]
    assert judge(series(energy[:20], power[:20])).incomplete_hour == [(9, 10, 0.5)]


@pytest.mark.parametrize(
    ("energy", "power", "is_incomplete"),
    [(35.4, 40.0, True), (35.6, 40.0, False), (53.9, 60.0, True), (54.1, 60.0, False)],
)
def test_a_gap_must_be_above_4_5_percent_of_capacity_and_a_tenth_of_power(
    energy: float, power: float, is_incomplete: bool
) -> None:
    values, of_power = SUN.copy(), SUN.copy()
    values[11], of_power[11] = energy, power
    assert judge(series(values[:20], of_power[:20])).is_incomplete.any() == is_incomplete


def test_a_closed_day_below_98_percent_flags_its_low_hours_and_all_daylit_ones_where_none_is_low() -> None:
    thin = SUN * 0.975
    two_low = np.where((np.arange(DAY) == 10) | (np.arange(DAY) == 12), SUN * 0.91, SUN)
    sound = np.where(np.arange(DAY) == 10, SUN * 0.91, SUN)
    days = judge(series(np.concatenate([thin, two_low, sound, SUN]), np.tile(SUN, 4)))
    assert np.flatnonzero(days.is_incomplete).tolist() == [*range(5, 20), DAY + 10, DAY + 12]
    # A day that runs is not judged as a whole: its ramps do not cancel yet
    assert not judge(series(thin[:23], SUN[:23])).is_incomplete.any()


def test_a_doubled_run_is_refused_whole_to_the_first_sound_hour_on_either_side() -> None:
    # Given rows that came twice from 10 o'clock of the second day to 15 o'clock of the fifth
    power = np.tile(SUN, 7)
    energy = power.copy()
    energy[DAY + 10 : 4 * DAY + 15] *= 2
    energy[DAY + 9] *= 1.5  # it began inside an hour
    energy[2 * DAY + 12] = NAN
    verdicts = judge(series(energy, power))
    assert verdicts.doubled == [(DAY + 9, 4 * DAY + 15, 2.0)]
    # Then its nights and weak hours are refused with it; missing hours have nothing to refuse
    assert refused(verdicts) == {"doubled": list(range(DAY + 9, 4 * DAY + 15))}


def test_two_doubled_hours_prove_nothing_and_silence_of_three_days_is_reached_over() -> None:
    power = np.tile(SUN, 12)
    energy = power.copy()
    energy[[10, 11]] *= 2
    assert judge(series(energy, power)).doubled == []
    # Given the third proof 72 hours after the second, nothing in between, and one 73 hours after
    for gap, is_doubled in ((72, True), (73, False)):
        energy, power = np.zeros(12 * DAY), np.zeros(12 * DAY)
        for hour in (100, 101, 101 + gap):
            energy[hour], power[hour] = 80.0, 40.0
        assert bool(judge(series(energy, power)).doubled) == is_doubled


@pytest.mark.parametrize(("ratio", "is_doubled"), [(1.97, False), (1.98, True), (2.02, True), (2.03, False)])
def test_doubled_is_a_ratio_of_two_give_or_take_two_hundredths(ratio: float, is_doubled: bool) -> None:
    power = np.where(SUN > 5, SUN, 0.0)
    assert bool(judge(series(power * ratio, power)).doubled) == is_doubled
    # Below 5 % of capacity the ratio is of two roundings
    assert judge(series(np.full(20, 9.8), np.full(20, 4.9))).doubled == []


def test_a_frozen_value_is_refused_whole_with_its_daylit_hours() -> None:
    # Given 60.76 MW for 62 hours from 14 o'clock on, on 101 MW
    energy = np.tile(SUN, 5)
    energy[14 : 14 + 62] = 60.76
    verdicts = judge(series(energy, capacity=101.0))
    assert verdicts.frozen == [(14, 76, 60.76)]
    assert verdicts.night_generation == []
    assert refused(verdicts) == {"frozen": list(range(14, 76))}


def test_flat_by_day_is_nothing_and_the_first_two_night_hours_may_hold_late_energy() -> None:
    energy = np.minimum(np.tile(SUN, 3), 40.0)
    energy[[20, 21]] = 40.0, 12.0
    energy[DAY + 22] = 9.9  # below a tenth of capacity
    assert refused(judge(series(energy))) == {}
    flat_to_the_third = energy.copy()
    flat_to_the_third[17:23] = 40.0
    assert refused(judge(series(flat_to_the_third))) == {"frozen": list(range(7, 23))}


def test_output_by_night_without_a_run_is_refused_in_its_night_hours_only() -> None:
    energy = np.tile(SUN, 3)
    energy[20:25] = [15.0, 14.0, 13.0, 12.0, 11.0]
    verdicts = judge(series(energy))
    assert refused(verdicts) == {"night_generation": [22, 23, 24]}
    assert verdicts.night_generation == [(22, 25, 13.0)]


def evenings(nights: Sequence[int], days: int = 70) -> np.ndarray:
    """A plant that sells 45 MW flat from 17 o'clock to 22:30 on some evenings."""
    energy = np.tile(SUN, days)
    for night in nights:
        energy[night * DAY + 17 : night * DAY + 22] = 45.0
        energy[night * DAY + 22] = 22.5
    return energy


def test_output_on_more_than_10_of_30_nights_is_learnt_and_restates_these_30() -> None:
    ten, eleven = judge(series(evenings(range(30, 40)))), judge(series(evenings(range(30, 41))))
    assert refused(ten) == {"night_generation": [night * DAY + 22 for night in range(30, 40)]}
    assert ten.night_rule_off == []
    # The windows of 30 nights that hold all eleven: from night 11 to night 59
    assert refused(eleven) == {}
    (off,) = eleven.night_rule_off
    assert off[:2] == (11 * DAY + 12, 60 * DAY + 12)
    # Nights of the same kind outside of them are refused all the same
    far = judge(series(evenings([0, *range(40, 51)], 90)))
    assert refused(far) == {"night_generation": [22]}


def test_one_value_from_dusk_to_dawn_is_frozen_and_never_learnt() -> None:
    energy = np.tile(SUN, 70)
    for night in range(20, 40):
        energy[night * DAY + 18 : (night + 1) * DAY + 6] = 45.0 + night / 10
    verdicts = judge(series(energy))
    assert len(verdicts.frozen) == 20
    assert verdicts.night_rule_off == []
    # Also below a tenth of capacity, from half a per cent on
    for value, is_frozen in ((2.0, True), (0.4, False)):
        energy = np.tile(SUN, 3)
        energy[18:30] = value
        assert (judge(series(energy)).frozen == [(18, 30, value)]) == is_frozen
    # Also of a plant that sells by night
    energy = evenings(range(20, 40))
    energy[45 * DAY + 18 : 46 * DAY + 6] = 30.0
    assert refused(judge(series(energy))) == {"frozen": list(range(45 * DAY + 18, 46 * DAY + 6))}


def test_auxiliary_load_is_nothing_and_a_long_zero_is_one_finding() -> None:
    with_load = np.where(SUN == 0, -0.05, SUN)
    idle = np.where(np.arange(DAY) < 10, -0.05, 0.0)
    verdicts = judge(series(np.concatenate([with_load, *[idle] * 7, with_load])))
    assert [run[:2] for run in verdicts.idle] == [(DAY, 8 * DAY)]
    assert refused(verdicts) == {}
    assert not verdicts.is_incomplete.any()
    # A day with few known hours may have made its energy in the others, and 0.5 % of capacity is something
    for hours, value in ((slice(0, 5), NAN), (slice(12, 13), 0.5)):
        energy = np.zeros(DAY)
        energy[hours] = value
        assert judge(series(energy)).idle == []


def test_a_unit_of_unknown_capacity_is_not_judged() -> None:
    energy, power = np.tile(SUN, 3) * 2, np.tile(SUN, 3)
    energy[20:40] = 50.0
    verdicts = judge(series(energy, power, capacity=NAN))
    assert refused(verdicts) == {}
    assert verdicts.idle == []


def finding(start: int, end: int, rule: str = "doubled", value: float | None = 2.0) -> Finding:
    return Finding("PLANT", "UNIT", rule, start, end, value, 1.1)


def test_a_run_in_pieces_is_one_in_whatever_order_its_pieces_are_judged() -> None:
    whole = [finding(10, 200)]
    pieces = [[(0, 50)], [(50, 120)], [(120, 300)]]
    for order in ((0, 1, 2), (2, 0, 1), (1, 2, 0)):
        stored: list[Finding] = []
        for number in order:
            stored = spliced(stored, whole, pieces[number])
        assert stored == whole
    # When its middle turns out sound, two are left; the hours that changed are those of the middle
    after = spliced(whole, [finding(40, 60), finding(70, 130)], [(50, 120)])
    assert after == [finding(10, 60), finding(70, 200)]
    assert changed_hours(whole, after) == {"PLANT": set(range(60, 70))}


def test_a_finding_of_one_day_is_replaced_whole() -> None:
    stored = [finding(5, 15, "incomplete_hour", 0.5), finding(30, 40, "incomplete_hour", 0.6)]
    found = [finding(8, 15, "incomplete_hour", 0.7), finding(31, 40, "incomplete_hour", 0.8)]
    after = spliced(stored, found, [(0, 20)])
    assert after == [found[0], stored[1]]
    assert changed_hours(stored, after) == {"PLANT": set(range(5, 15))}


def test_nothing_is_suspect_in_the_recorded_week_and_the_farm_that_stood_still_is_idle() -> None:
    """The farms as they were; 77 hours were suspect when zeros by day and equal values were."""
    idle: dict[str, list[int]] = {}
    for farm in listed_farms():
        for unit in (unit for unit in farm.units if unit.code in recorded_energy_mwh()):
            recorded = recorded_energy_mwh()[unit.code]
            first, last = min(recorded), max(recorded)
            energy = np.array([[recorded.get(hour, NAN) for hour in range(first, last + 1)]])
            capacity = np.full(energy.shape, unit.capacity_mw)
            points = [[(farm.latitude, farm.longitude)], sun_points(misplaced(farm.network_region))]
            # By its region's night it is no other
            for of_farm in points:
                (night,) = deep_nights(first, energy, capacity, [of_farm])
                assert not needs_wide(Series(first, energy[0], energy[0], capacity[0], 10, night))
                verdicts = judge(Series(first, energy[0], energy[0], capacity[0], 10, night))
                assert refused(verdicts) == {}
                assert verdicts.incomplete_hour == []
            assert not ((energy < -0.005 * unit.capacity_mw) | (energy > 1.05 * unit.capacity_mw)).any()
            idle |= {unit.code: [end - start for start, end, _ in verdicts.idle]} if verdicts.idle else {}
    assert idle == {"WRSF1": [168]}


def test_the_third_night_hour_begins_two_hours_after_the_last_sunlit_one() -> None:
    """The sun sets at Avonlie at 19:28 in network time on 2 January 2025 and is up by 5:13 on the 3rd."""
    midnight = int(datetime(2025, 1, 1, 14, tzinfo=UTC).timestamp()) // 3600
    hours = midnight + np.arange(36)
    latitude, longitude = np.full(36, -34.919115), np.full(36, 146.60954)
    assert np.flatnonzero(is_night(hours, latitude, longitude)).tolist() == [*range(5), *range(20, 29)]
    assert np.flatnonzero(is_deep_night(hours, latitude, longitude)).tolist() == [*range(5), *range(22, 29)]


def misplaced(region: str | None) -> dict[str, Any]:
    place = {"coordinate_check": "outside_region", "latitude": -26.2, "longitude": 150.0}
    return {"network_id": "NEM", "network_region": region} | place


def test_where_coordinates_cannot_be_trusted_it_is_night_when_it_is_everywhere_in_the_region() -> None:
    """On 1 January the sun is up in Victoria's box from 4:36 to 20:07 in network time, in those of the NEM from 4:26 to 20:51."""
    midnight = int(datetime(2025, 1, 1, 14, tzinfo=UTC).timestamp()) // 3600
    made, capacity = np.full((3, 36), 50.0), np.full((3, 36), 100.0)
    place = misplaced("VIC1") | {"coordinate_check": "ok", "latitude": -34.919115, "longitude": 146.60954}
    points = [sun_points(plant) for plant in (place, misplaced("VIC1"), misplaced(None))]
    own, region, network = (np.flatnonzero(night).tolist() for night in deep_nights(midnight, made, capacity, points))
    assert own == [*range(5), *range(22, 29)]
    assert region == network == [*range(4), *range(23, 28)]
    # Without output nobody asks for the sun
    assert not deep_nights(midnight, np.zeros((1, 36)), capacity[:1], [points[1]]).any()


def test_hours_are_judged_by_the_capacity_of_the_time() -> None:
    # Given 20 MW until half past four, nothing until hour 7, and 100 MW up to hour 9
    start = datetime(2025, 1, 1, tzinfo=UTC)
    spans = [Span(BEGIN, start + 4.5 * HOUR, 20.0), Span(start + 7 * HOUR, start + 9 * HOUR, 100.0)]
    first = int(start.timestamp()) // 3600
    # Then an hour outside of both has that of the next one, else of the last
    assert capacities(spans, first, 12).tolist() == [20.0] * 5 + [100.0] * 7
    assert capacities(spans, first + 8, 3).tolist() == [100.0] * 3
    assert np.isnan(capacities([Span(BEGIN, END, None)], first, 2)).all()
    assert np.isnan(capacities([], first, 2)).all()


def test_what_was_much_for_a_unit_before_its_extension_is_little_after_it() -> None:
    # Given 5 MWh in a deep night of a unit that is extended from 40 to 100 MW a day later
    energy = np.tile(SUN, 2)
    energy[[23, 23 + DAY]] = 5.0
    judged = judge(replace(series(energy), capacity_mw=np.repeat([40.0, 100.0], DAY)))
    assert [run[:2] for run in judged.night_generation] == [(23, 24)]


def test_the_newest_value_of_an_hour_counts_and_what_cannot_be_is_left_out() -> None:
    start = datetime(2025, 1, 2, tzinfo=UTC)
    window = Window(start, start + 3 * HOUR)
    later, soon = start + 10 * HOUR, start + HOUR
    rows = [
        ("U1", "energy", start, 2.0, later),
        ("U1", "energy", start, 1.0, start + 9 * HOUR),
        ("U1", "power", start, 3.0, later),
        ("U2", "energy", start + HOUR, 4.0, start + 9 * HOUR),
        ("U2", "energy", start + HOUR, None, later),
        ("U2", "energy", start + 2 * HOUR, 5.0, soon),  # had not begun
        ("U2", "energy", start + HOUR / 2, 6.0, later),
        ("U2", "power", start, float("inf"), later),
        ("STRANGER", "energy", start, 7.0, later),
        ("U1", "energy", start + 3 * HOUR, 8.0, later),
    ]
    table = pa.table(
        {
            "network_id": ["NEM"] * len(rows),
            **{
                name: [row[at] for row in rows]
                for at, name in enumerate(("unit_code", "metric", "ts_utc", "value", "_ingest_time"))
            },
        }
    )
    energy, power = series_of(table, window, [{"network_id": "NEM", "unit_code": code} for code in ("U1", "U2")])
    # Then a value that an answer no longer gives is judged as it was said: whether it stands is not judged here
    assert np.array_equal(energy, [[2.0, NAN, NAN], [NAN, 4.0, NAN]], equal_nan=True)
    assert np.array_equal(power, [[3.0, NAN, NAN], [NAN, NAN, NAN]], equal_nan=True)
    nothing = series_of(table.slice(0, 0), window, [{"network_id": "NEM", "unit_code": "U1"}])
    assert np.isnan(nothing).all()


def test_power_is_held_against_no_value_that_an_answer_no_longer_gives() -> None:
    # Given four hours of a unit and of its former code, then an answer with doubled energy that leaves one hour's energy out,
    # another's power, and the former code altogether
    start = datetime(2025, 1, 2, tzinfo=UTC)
    first, second = start + 24 * HOUR, start + 48 * HOUR
    rows = [
        (code, metric, start + n * HOUR, 1.0, first)
        for code in ("OLD1", "U1")
        for metric in ("energy", "power")
        for n in range(4)
    ]
    rows += [("U1", "energy", start + n * HOUR, None if n == 1 else 2.0, second) for n in range(4)]
    rows += [("U1", "power", start + 2 * HOUR, None, second)]
    rows += [("OLD1", metric, start + n * HOUR, None, second) for metric in ("energy", "power") for n in range(4)]
    names = ("unit_code", "metric", "ts_utc", "value", "_ingest_time")
    columns = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    table = pa.table({"network_id": ["NEM"] * len(rows), **columns})
    unit_row = {"network_id": "NEM", "unit_code": "U1", "aliases": ["OLD1"]}
    energy, power = series_of(table, Window(start, start + 4 * HOUR), [unit_row])
    # Then the sound ratio of the hour left out is none
    assert energy.tolist() == [[2.0, 1.0, 2.0, 2.0]]
    assert np.array_equal(power, [[1.0, NAN, NAN, 1.0]], equal_nan=True)


def test_a_unit_without_capacity_is_held_against_its_own_hours_from_60_days_on() -> None:
    # Given 60 days up to 50 MWh, two wrong values among them, from 1 January 2025 on; then a month more
    march = datetime(2025, 3, 1, tzinfo=UTC)
    before = history(march)
    energy = np.full(before.duration // HOUR, NAN)
    first = int((datetime(2025, 1, 1, tzinfo=UTC) - before.start) / HOUR)
    energy[first : first + 90 * DAY] = np.tile(SUN / 1.8, 90)[: len(energy) - first]
    energy[[first + 30, first + 60]] = 900.0, -800.0
    energy[first + 40] = 1000.1  # not accepted
    unit_row = {"plant_id": "PLANT", "unit_code": "UNIT"}
    found = limit(unit_row, march, energy)
    # Then the limit holds from the end of the 60th day of accepted hours, 2 March at 01:00 as one hour was not accepted
    start = int(datetime(2025, 3, 2, 1, tzinfo=UTC).timestamp()) // 3600
    assert found == Finding("PLANT", "UNIT", "learnt_limit", start, start + 30 * DAY - 1, 50.0, 75.0)
    assert limit(unit_row, march, energy[: first + 60 * DAY]) is None
    # And in the next month from its start on
    later = np.concatenate([energy[31 * DAY :], np.full(30 * DAY, NAN)])
    assert limit(unit_row, datetime(2025, 4, 1, tzinfo=UTC), later) is None  # nothing was said in April
    later[-1] = 0.0
    april = limit(unit_row, datetime(2025, 4, 1, tzinfo=UTC), later)
    assert april is not None
    assert (april.start, april.bound) == (int(datetime(2025, 4, 1, tzinfo=UTC).timestamp()) // 3600, 75.0)
    assert np.flatnonzero(above_limit(start - 1, np.array([76.0, 75.0, 75.1, -75.1]), [found])).tolist() == [2, 3]


def test_a_limit_is_learnt_anew_only_where_an_hour_of_its_history_has_changed() -> None:
    months = [datetime(2025, month, 1, tzinfo=UTC) for month in (1, 2, 3, 4)]
    limits = [Finding("PLANT", "UNIT", "learnt_limit", int(month.timestamp()) // 3600, 0, 50.0, 75.0) for month in months[1:]]
    now = months[3] + 5 * HOUR
    hour = Window(months[2] + 5 * HOUR, months[2] + 6 * HOUR)
    assert months_to_learn([hour], limits, now) == [months[3]]
    assert months_to_learn([Window(months[3], months[3] + HOUR)], limits, now) == []
    assert months_to_learn([Window(months[0], months[0] + HOUR)], limits, now) == months
    # Where a limit began inside the month, the month's own hours were its history
    inside = [replace(limits[2], start=limits[2].start + 5)]
    assert months_to_learn([Window(months[3], months[3] + HOUR)], inside, now) == [months[3]]
