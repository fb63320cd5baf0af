"""One variable at one place over a range of label hours: recorded where it was recorded, else the synthetic sky."""

from __future__ import annotations

import math

from infra.upstream.recorded_week import RecordedPlace, place_at
from infra.upstream.sky import Sky
from infra.upstream.weather_variables import Variable

Values = list[float | None]


def labelled_values(
    sky: Sky, places: tuple[RecordedPlace, ...], at: tuple[float, float], name: str, variable: Variable, labels: range
) -> Values:
    """Values by GMT label hour. What was not recorded at a recorded place and hour is null, not invented."""
    if not labels:
        return []
    if not variable.served:
        return [None] * len(labels)
    # The sky keeps means by the start of their hour; the label of a preceding-hour variable is its end.
    first_hour = labels.start - 1 if variable.preceding else labels.start
    values: Values = [float(value) for value in sky.values(at, name, first_hour, len(labels))]
    recorded = place_at(places, *at)
    if recorded is not None:
        known = recorded.values.get(name, {})
        for label in range(max(labels.start, recorded.hours.start), min(labels.stop, recorded.hours.stop)):
            values[label - labels.start] = known.get(label)
    return values


def told(value: float | None, factor: float, decimals: int) -> float | int | None:
    """A value as the source prints it: whole numbers where it has no decimals, null where there is none."""
    if value is None or math.isnan(value):
        return None
    rounded = round(value * factor, decimals)
    return int(rounded) if decimals == 0 else rounded
