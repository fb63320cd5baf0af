"""How far off a published capacity factor is when hours of a day never came: recorded days with random hours removed."""

from datetime import UTC, datetime, timedelta

import pytest

from infra.upstream.farms import listed_farms
from infra.upstream.recorded_week import recorded_energy_mwh
from tests.sql.gold_build import GoldBuild, nem_day, plant, unit

pytestmark = [pytest.mark.stack, pytest.mark.long]

DRAWS = 200
WEEK = (nem_day("2025-01-01"), nem_day("2025-01-08"))


def put_recorded_week(gold: GoldBuild) -> None:
    """The eight recorded farms as they were, as plants of 24 known hours a day."""
    recorded = recorded_energy_mwh()
    for farm in listed_farms():
        for of_farm in (each for each in farm.units if each.code in recorded):
            place = {"latitude": farm.latitude, "longitude": farm.longitude, "capacity_mw": of_farm.capacity_mw}
            gold.put("silver.dim_plant", plant(farm.code, **place))
            gold.put("silver.dim_unit", unit(farm.code, of_farm.code, capacity_mw=of_farm.capacity_mw))
            capacity = {"capacity_mw": of_farm.capacity_mw, "accepted_capacity_mw": of_farm.capacity_mw}
            for hour, energy_mwh in recorded[of_farm.code].items():
                start = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
                gold.put_generation(start, [energy_mwh], farm.code, **capacity)


def put_draws(gold: GoldBuild) -> None:
    """Copies of each farm; one to three hours of each of their days never came, drawn by a hash."""
    fact, plants, units = (gold.table(f"silver.{name}") for name in ("fact_generation_hourly", "dim_plant", "dim_unit"))
    for table, columns, code in ((plants, "plant_id", "plant_id"), (units, "plant_id, unit_code", "unit_code")):
        names = [row["Column"] for row in gold.execute(f"DESCRIBE {table}")]
        copied = {name: f"{name} || '_' || cast(draw AS varchar)" for name in {*columns.split(", "), code}}
        chosen = ", ".join(copied.get(name, name) for name in names)
        gold.execute(f"INSERT INTO {table} SELECT {chosen} FROM {table} CROSS JOIN UNNEST(sequence(1, {DRAWS})) AS t (draw)")
    names = [row["Column"] for row in gold.execute(f"DESCRIBE {fact}")]
    chosen = ", ".join("plant_id || '_' || cast(draw AS varchar)" if name == "plant_id" else name for name in names)
    lot = "xxhash64(to_utf8(format('%s %s %s', plant_id, draw, {})))"
    gold.execute(f"""
        INSERT INTO {fact} SELECT {chosen} FROM (
            SELECT *, row_number() OVER (PARTITION BY plant_id, draw, ds ORDER BY {lot.format("ts_utc")}) AS place,
                1 + mod(abs(from_big_endian_64({lot.format("ds")})), 3) AS removed
            FROM (SELECT *, cast(ts_utc AT TIME ZONE '+10:00' AS date) AS ds FROM {fact})
            CROSS JOIN UNNEST(sequence(1, {DRAWS})) AS t (draw)
        ) WHERE place > removed""")  # fmt: skip


def test_a_published_capacity_factor_is_within_two_per_cent_whichever_hours_never_came(gold: GoldBuild) -> None:
    put_recorded_week(gold)
    put_draws(gold)

    gold.stage(WEEK)

    staged = f"{gold.table('staging.stg_daily_plant_kpi')}_run"
    rows = gold.execute(
        f"SELECT drawn.cf, whole.cf AS true_cf FROM {staged} AS drawn "
        f"JOIN {staged} AS whole ON split_part(drawn.plant_id, '_', 1) = whole.plant_id AND drawn.ds = whole.ds "
        "WHERE strpos(drawn.plant_id, '_') > 0"
    )
    assert len(rows) == DRAWS * 8 * 7
    shown = [(row["cf"], row["true_cf"]) for row in rows if row["cf"] is not None]
    errors = sorted(abs(cf / true - 1) for cf, true in shown if true >= 0.03)
    low = [abs(cf - true) for cf, true in shown if true < 0.03]
    print(
        f"{len(shown)} of {len(rows)} shown; off by {errors[len(errors) // 2]:.2%} in the median, "
        f"{errors[len(errors) * 99 // 100]:.2%} in 99 %, {errors[-1]:.2%} at most; below 0.03 by {max(low):.4f} at most"
    )
    assert len(shown) > 0.2 * len(rows)
    assert errors[len(errors) * 99 // 100] <= 0.02
    assert errors[-1] <= 0.05
    assert max(low) <= 0.006
