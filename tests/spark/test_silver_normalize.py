"""Silver is made from Bronze alone: any order of runs gives the same tables."""

from tests.spark.lakehouse import NOON, Lakehouse, facility, hours, unit


def test_a_plant_is_the_sum_of_its_units(lakehouse: Lakehouse) -> None:
    lakehouse.facilities(facility("STUBSF", unit("STUB1", 100.0), unit("STUB2", 50.0)))
    lakehouse.generation({"STUB1": hours(NOON, [60.1]), "STUB2": hours(NOON, [20.2])}, power=True)
    lakehouse.load()
    lakehouse.normalize()
    (row,) = lakehouse.rows("silver.fact_generation_hourly")
    assert row == {
        "plant_id": "STUBSF",
        "ts_utc": NOON,
        "energy_mwh": 60.1 + 20.2,
        "power_mw": 60.1 + 20.2,
        "capacity_mw": 150.0,
        "accepted_capacity_mw": 150.0,
        "units_expected": 2,
        "units_accepted": 2,
        "units_rejected": 0,
        "quality_flags": [],
    }
