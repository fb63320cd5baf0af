"""The picture of a plant's fit: hours against what is expected of them, and days over the window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from include.expected_energy.physics import Floats, Integers

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DAY_S = 86_400


def figure(title: str, start_s: Integers, energy_mwh: Floats, expected: Floats, utc_offset_s: int) -> Figure:
    """Return fit and residuals of a plant's hours (starts in Unix seconds, MWh; NaN where one is not known).

    Hours of energy lie on the line, or below it where the plant was held back; above it only by the weather's error. A day, in
    network time, has all of its hours with both.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    known = np.isfinite(energy_mwh) & np.isfinite(expected)
    drawn = Figure(figsize=(10, 4), layout="constrained")
    FigureCanvasAgg(drawn)  # no display, and no state of matplotlib's own
    hours, days = drawn.subplots(1, 2, width_ratios=(2, 3))
    drawn.suptitle(title)
    _hours(hours, energy_mwh[known], expected[known])
    _days(days, (start_s[known] + utc_offset_s) // _DAY_S, energy_mwh[known], expected[known])
    return drawn


def _hours(axes: Any, energy_mwh: Floats, expected: Floats) -> None:
    most = float(max(expected.max(initial=0.0), energy_mwh.max(initial=0.0)))
    axes.plot([0, most], [0, most], color="0.6", linewidth=1)
    axes.plot(expected, energy_mwh, ".", markersize=3)
    axes.set(xlabel="expected, MWh an hour", ylabel="energy, MWh an hour")


def _days(axes: Any, day: Integers, energy_mwh: Floats, expected: Floats) -> None:
    which, position = np.unique(day, return_inverse=True)
    residual = np.bincount(position, weights=energy_mwh - expected, minlength=len(which))
    axes.axhline(0, color="0.6", linewidth=1)
    axes.bar(which.astype("datetime64[D]"), residual)
    axes.tick_params(axis="x", rotation=30)
    axes.set(ylabel="energy - expected, MWh a day")
