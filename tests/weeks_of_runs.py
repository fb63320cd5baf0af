"""64 days of energy and power with a run of every kind of bad hours, for tests with and without Spark."""

from datetime import UTC, datetime

START, DAYS = datetime(2025, 4, 30, 14, tzinfo=UTC), 64
NAMES = ("TWICE", "FROZEN", "STORED", "STILL", "THINNED", "OPEN")
_SUN = [0.0] * 7 + [20.0, 40.0, 60.0, 70.0, 70.0, 60.0, 40.0, 20.0, 10.0, 10.0] + [0.0] * 7

Series = dict[str, list[float]]
"""Unit -> values of consecutive hours from `START` on."""


def energy_and_power() -> tuple[Series, Series]:
    """MWh and MW: rows that came twice for weeks, a value frozen for 62 hours, evenings on which stored energy is sold, a plant
    that stands still, an hour of which half came, and one plant of unknown capacity that makes too much on the 63rd day.
    """
    power = {name: _SUN * DAYS for name in NAMES}
    power["FROZEN"][30 * 24 + 14 : 30 * 24 + 76] = [60.76] * 62
    for night in range(20, 32):
        power["STORED"][night * 24 + 17 : night * 24 + 21] = [45.0, 45.0, 45.0, 22.5]
    power["STILL"][10 * 24 : 50 * 24] = [-0.05] * (40 * 24)
    energy = {name: list(series) for name, series in power.items()}
    energy["TWICE"][15 * 24 + 10 : 40 * 24 + 12] = [2 * value for value in energy["TWICE"][15 * 24 + 10 : 40 * 24 + 12]]
    energy["THINNED"][30 * 24 + 11] = 35.0
    energy["OPEN"][62 * 24 + 12] = 106.0
    return energy, power
