"""Market values of plants, and prices and curtailment of regions, from Bronze to Silver."""

from include.windows import HOUR
from tests.spark.lakehouse import FETCHED, NOON, Lakehouse, facility, unit
from tests.spark.silver_tables import TABLES, generation, snapshots

MARKET_VALUES = {
    "BOTH": ({"A": 60.0, "B": 20.0}, {"A": 600.0, "B": -50.5}, 549.5),
    "MISSING": ({"A": 60.0, "B": 20.0}, {"B": 200.0}, None),
    "IDLE": ({"A": 60.0, "B": 0.0}, {"A": 600.0}, 600.0),
    "NEVER": ({"A": 0.0, "B": 0.0}, {}, None),
    "NULL": ({"A": 60.0, "B": 20.0}, {"A": 600.0, "B": None}, None),
    "REFUSED": ({"A": 60.0, "B": 1000.0}, {"A": 600.0, "B": 9000.0}, 600.0),
    "SILENT": ({"A": None, "B": None}, {"A": 5.0}, None),
    "NEGATIVE": ({"A": -0.1, "B": 20.0}, {"A": 0.0, "B": -20000.0}, -20000.0),
}
"""Plant -> energy and market value of its units, and the plant's market value."""


def test_a_plants_market_value_is_that_of_the_units_that_count(lakehouse: Lakehouse) -> None:
    lakehouse.facilities(*[facility(code, unit(f"{code}A"), unit(f"{code}B")) for code in (*MARKET_VALUES, "GHOST")])
    energy, market_value = (
        {f"{code}{name}": {NOON: value} for code, case in MARKET_VALUES.items() for name, value in case[number].items()}  # type: ignore[attr-defined]
        for number in (0, 1)
    )
    lakehouse.generation(energy, power=True, market_value=market_value | {"GHOSTA": {NOON: 1.0}})
    lakehouse.load()
    lakehouse.normalize()
    # a market value without any word on energy or power makes no row: there is none of GHOST
    assert dict(generation(lakehouse, "plant_id", "market_value_aud")) == {c: case[2] for c, case in MARKET_VALUES.items()}
    assert {row["metric"] for row in lakehouse.rows("silver.rejected_rows")} == {"energy", "power"}


def test_a_market_value_that_changes_alone_is_no_revision_of_the_hour(lakehouse: Lakehouse) -> None:
    # Given energy that stays and a market value that is corrected, then lost in an answer, then taken back by two
    lakehouse.facilities(facility("AVLSF", unit("AVLSF1")))
    columns = ("energy_mwh", "market_value_aud", "revision", "material_revision", "quality_flags")
    seen = []
    for value in (600.0, 660.0, "n/a", None, None):
        lakehouse.generation({"AVLSF1": {NOON: 60.0}}, power=True, market_value={"AVLSF1": {NOON: value}}, codes=["AVLSF"])
        lakehouse.load()
        lakehouse.normalize(NOON - 24 * HOUR)  # another hour: what changed is found by itself
        seen += generation(lakehouse, *columns)
    values = (600.0, 660.0, 660.0, 660.0, None)
    assert seen == [(60.0, value, 0, 0, []) for value in values]


def test_the_market_of_an_hour_is_its_newest_values_and_nobody_elses(lakehouse: Lakehouse) -> None:
    # Given prices that are corrected and then null, curtailment below 0, a region that nobody knows, and one of the West
    later = NOON + HOUR
    lakehouse.facilities(facility("AVLSF", unit("AVLSF1")))
    lakehouse.generation({"AVLSF1": {NOON: 60.0}}, power=True)
    lakehouse.market({"NSW1": {NOON: 80.0, later: -1000.0}, "NSW2": {NOON: 20300.0}}, {"NSW1": {NOON: -0.8, later: 0.0}})
    lakehouse.market({"NSW1": {NOON: 85.0, later: None}})
    lakehouse.market({"WEM": {NOON: 61.5}}, network="WEM")
    lakehouse.market({"NSW1": {FETCHED + 24 * HOUR: 1.0}})  # an hour that had not begun
    lakehouse.load()
    before = snapshots(lakehouse)

    # When another hour is built, then all that waits is there
    lakehouse.normalize(NOON - 24 * HOUR)
    columns = ("network_id", "network_region", "ts_utc", "price_aud_mwh", "curtailed_solar_mwh", "revision")
    rows = [tuple(row.values()) for row in lakehouse.rows("silver.fact_market_hourly", *columns)]
    assert rows == [
        ("NEM", "NSW1", NOON, 85.0, -0.8, 1),
        ("NEM", "NSW1", later, -1000.0, 0.0, 0),
        ("NEM", "NSW2", NOON, 20300.0, None, 0),
        ("WEM", "WEM", NOON, 61.5, None, 0),
    ]
    made = snapshots(lakehouse)
    assert made["silver.fact_market_hourly"] == before["silver.fact_market_hourly"] + 1

    # and when the market alone changes, no other fact is written; when nothing does, nothing is
    lakehouse.market({"NSW1": {NOON: 90.0}})
    lakehouse.load()
    lakehouse.normalize()
    lakehouse.normalize()
    facts = [name for name in TABLES if snapshots(lakehouse)[name] != made[name]]
    assert facts == ["silver.fact_market_hourly"]
    assert lakehouse.rows("silver.fact_market_hourly", "price_aud_mwh")[0]["price_aud_mwh"] == 90.0


def test_a_change_of_one_plants_registry_leaves_the_market_as_it_is(lakehouse: Lakehouse) -> None:
    lakehouse.facilities(facility("AVLSF", unit("AVLSF1")), facility("OTHER", unit("OTHER1")))
    lakehouse.generation({"AVLSF1": {NOON: 60.0}, "OTHER1": {NOON: 60.0}}, power=True)
    lakehouse.market({"NSW1": {NOON: 80.0}})
    lakehouse.load()
    lakehouse.normalize()
    before = lakehouse.rows("silver.fact_market_hourly")
    lakehouse.facilities(facility("AVLSF", unit("AVLSF1", 70.0)), facility("OTHER", unit("OTHER1")))
    lakehouse.load()
    lakehouse.normalize(NOON + 48 * HOUR)
    assert len(before) == 1
    assert lakehouse.rows("silver.fact_market_hourly") == before
