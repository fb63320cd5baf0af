"""Hours under a wrong label.

Guards against a plant whose hours are one or two too early or too late (daylight saving applied by one side, an interval labelled
by its end): its daily sum is right and every hour of it is wrong. The sun decides: over a week, energy is switched on and off
against a clear sky moved by up to two hours. Both dawn and dusk must gain by the move, as a battery, a hill or an outage at one
end of the day moves only that end; noon takes no part, as all say "on" there. Where a quarter of the plants move at once it is
the source, counted as `late_energy`, and beside such a week no single plant is named. Cannot see a shift of less than an hour, of
more than two or of fewer than six days, nor one of a plant that sells stored energy every evening.
"""

from dataclasses import dataclass

import numpy as np

from spark_jobs.silver.day_rules.network_days import (
    Bools,
    Integers,
    NetworkDays,
    are_of_network,
    spanned_days,
    touched_days,
    window_sums,
)

ON_SHARES = (0.01, 0.06)
"""Of capacity and of full sun. In some weeks of the year an hour of dusk is about 1 %, moved or not; it is not 6 % as well."""
SHIFTS = (-2, -1, 1, 2)
LEAST_GAIN_HOURS = 7
"""Of a week, in which an hour's shift gains 14. At 5 a battery and a plant cut at one end of the day came near it by chance."""
LEAST_GAIN_AT_EACH_END_HOURS = 2
MOST_DARK_HOURS = 9
"""Of a week, in which energy may come although the moved sky is dark too: a battery sells for longer than labels are off."""
NOON = 12


@dataclass(frozen=True)
class ShiftedDays:
    """`of_units`: hours by which each day is late (0: not shifted), shape (units, days).

    `of_network`: days counted as `late_energy` instead, shape (days,).
    """

    of_units: Integers
    of_network: Bools


@dataclass(frozen=True)
class _Moves:
    """Weeks that fit better moved, shape (units, windows), by which of `SHIFTS`; the days that gain, (shifts, units, days)."""

    is_moved: Bools
    shift: Integers
    gains: Bools


def shifted_days(days: NetworkDays, late_windows: Bools) -> ShiftedDays:
    """Return the days that are shifted, of single plants and of all at once; `late_windows` as of `late_energy.late_days`."""
    moves = [_moves(days, share) for share in ON_SHARES]
    is_moved = np.any([each.is_moved for each in moves], axis=0)
    of_network = are_of_network(days.of_plants(is_moved), window_sums(days.of_plants(days.is_reported)) > 0)
    at_once = touched_days(of_network | late_windows)
    found = np.zeros(days.is_reported.shape, dtype=np.int64)
    for each in moves:
        for unit in np.flatnonzero(each.is_moved.any(axis=1)).tolist():
            for number, shift in enumerate(SHIFTS):
                windows = each.is_moved[unit] & (each.shift[unit] == number)
                shifted = spanned_days(windows, each.gains[number, unit]) & ~at_once & (found[unit] == 0)
                found[unit][shifted] = shift
    gaining = np.any([each.gains for each in moves], axis=(0, 1))
    moved = are_of_network(days.of_plants(np.asarray(gaining)), days.of_plants(days.is_reported))
    return ShiftedDays(found, spanned_days(of_network, moved))


def _moves(days: NetworkDays, on_share: float) -> _Moves:
    gains, dark = (np.stack(each) for each in zip(*(_gains(days, shift, on_share) for shift in SHIFTS), strict=True))
    by_window = window_sums(np.moveaxis(gains, 2, 3))  # (shifts, units, dawn and dusk, windows)
    both = by_window.sum(axis=2)
    best = both.argmax(axis=0)
    chosen = np.take_along_axis(by_window, best[None, :, None, :], axis=0)[0]
    is_moved = (both.max(axis=0) >= LEAST_GAIN_HOURS) & (chosen >= LEAST_GAIN_AT_EACH_END_HOURS).all(axis=1)
    is_moved &= np.take_along_axis(window_sums(dark), best[None], axis=0)[0] <= MOST_DARK_HOURS
    return _Moves(is_moved, best, gains.sum(axis=3) > 0)


def _gains(days: NetworkDays, shift: int, on_share: float) -> tuple[Integers, Integers]:
    """Return by how many hours each dawn and dusk fits better when the clear sky is moved, shape (units, days, 2).

    And the hours of each day that have energy and no light in either sky, shape (units, days).
    """
    clear = days.clear_share
    moved = np.roll(clear.reshape(len(clear), -1), shift, axis=1).reshape(clear.shape)
    is_on, lit, lit_moved = (share > on_share for share in (days.share, clear, moved))
    speaks = days.is_known & np.isfinite(clear) & np.isfinite(moved) & (lit != lit_moved)
    gain = np.where(speaks, np.where(is_on == lit_moved, 1, -1), 0)
    dark = (is_on & (clear <= on_share) & (moved <= on_share)).sum(axis=2)
    return np.stack([gain[:, :, :NOON].sum(axis=2), gain[:, :, NOON:].sum(axis=2)], axis=2), dark
