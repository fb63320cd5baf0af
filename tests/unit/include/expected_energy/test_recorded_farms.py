"""The fit on recorded farms: each of their clear days is expected from the other days."""

from __future__ import annotations

import numpy as np
import pytest

from include.expected_energy import fit as fitting
from include.expected_energy.fit import fit
from include.expected_energy.physics import Mounting, dc_power
from tests.unit.include.expected_energy.recorded import farm, january_day, week

# The other clear days of the week are curtailed, or cloud that ERA5 did not see.
CLEAR_DAYS = [
    ("AVLSF", 3),
    ("DARLSF", 1),
    ("DARLSF", 2),
    ("DARLSF", 3),
    ("EMERASF", 5),
    *(("FINLEYSF", day) for day in (1, 2, 3)),
]


@pytest.mark.parametrize(("code", "day"), CLEAR_DAYS)
def test_a_clear_day_is_expected_from_the_other_days(monkeypatch: pytest.MonkeyPatch, code: str, day: int) -> None:
    monkeypatch.setattr(fitting, "PROVISIONAL_DAYS", 6)  # there are no more
    weather, energy = week(code)
    known = farm(code)
    power = dc_power(weather, float(known["lat"]), float(known["lng"]))
    judged = january_day(weather.start_s) == day

    fitted = fit(
        energy[~judged], {each: values[~judged] for each, values in power.items()}, 6, float(known["capacity_maximum_mw"])
    )

    expected, measured = fitted.model.expected_mwh(power)[judged], energy[judged]
    r2 = 1 - np.sum((measured - expected) ** 2) / np.sum((measured - measured.mean()) ** 2)
    print(code, day, fitted, f"R2 {r2:.4f}, measured / expected {measured.sum() / expected.sum():.3f}")
    assert judged.sum() in (23, 24)
    assert r2 >= 0.98
    assert fitted.model.mounting is Mounting.TRACKER
    assert fitted.mounting_is_decided
