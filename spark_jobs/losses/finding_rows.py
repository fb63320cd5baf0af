"""Rows of `gold.loss_findings`."""

from __future__ import annotations

from datetime import date
from typing import Any

from include.networks import NETWORKS

SEVERITY = "warning"
"""Of all of them: a judgement over weeks takes no figure back."""
Row = dict[str, Any]


def finding_row(
    plant_id: str, rule: str, network_id: str, days: tuple[date, date | None], figures: tuple[float, float], cause: str | None
) -> Row:
    """Return a row without `_updated_at`.

    `days`: the first network-local day and the one after the last, None where it goes on. `figures`: the value found and the
    bound that it is beyond.
    """
    first, end = (day and NETWORKS[network_id].midnight_utc(day) for day in days)
    value, bound = figures
    return {
        "plant_id": plant_id,
        "rule": rule,
        "from_utc": first,
        "to_utc": end,
        "severity": SEVERITY,
        # Sums of doubles depend on the order of the rows; a row must not look changed for it.
        "value": round(value, 4),
        "bound": bound,
        "cause": cause,
    }
