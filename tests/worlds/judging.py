"""When a figure is wrong and what marks it, in SQL: the same for faults of single farms and of all."""

from include.contracts import load

HOUR_BOUND, ROWS_BOUND = 0.05, 0.1
"""Of capacity and of the energy. Rows that are missing in an hour show from 4.5 % of capacity on, as less may be a ramp, and from
two of twelve rows on; one row shows where the day lacks 2 %."""
DAY_BOUND = 0.02

WRONG_HOUR = (
    f"abs(hour.energy_mwh - clean.energy_mwh) > greatest({HOUR_BOUND} * clean.capacity_mw, {ROWS_BOUND} * clean.energy_mwh) "
    "AND cardinality(hour.quality_flags) = 0"
)
"""Of `hour` and `clean`, rows of `gold.plant_weather_hourly`: wrong and not marked."""
UNMARKED_DAY = "held.plant_id IS NULL AND day.suspect_hours = 0"
WRONG_DAYS = {
    "cf": f"abs(day.cf - clean.cf) > greatest({DAY_BOUND} * clean.cf, 0.0006)",
    "energy": (
        f"abs(day.energy_mwh - clean.energy_mwh) > greatest({DAY_BOUND} * clean.energy_mwh, 0.0144 * clean.capacity_mw) "
        "AND day.missingness = 0 AND day.rejected_hours = 0"
    ),
    "capacity": "abs(day.capacity_mw - clean.capacity_mw) > 0.001 * clean.capacity_mw",
}
"""Of `day` and `clean`, rows of `gold.daily_plant_kpi`, beside `held`, one of `gold.held_back`."""
DAY_COLUMNS = (
    "day.plant_id, day.ds, day.energy_mwh, clean.energy_mwh, day.cf, clean.cf, day.capacity_mw, clean.capacity_mw, "
    "day.missingness"
)


def compared(table: str) -> str:
    """Columns that a plant shares with its clean copy; sums of units differ in their last digits."""
    columns = [
        column for column in load(table).columns if not column.provenance and column.name not in ("plant_id", "publication_id")
    ]
    return ", ".join(f"round({each.name}, 9)" if each.type == "double" else each.name for each in columns)
