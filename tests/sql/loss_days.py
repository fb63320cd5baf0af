"""Some hours of three plants by hand, for tests of what is read of them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from tests.sql.gold_build import GoldBuild, Row, generation, kpi, loss, nem_day, plant, unit, utc

LATE = utc("2025-02-01")
VALUES = {1: [4500.0, -200.0, 2800.0, None, None], 2: [1800.0, 0.0]}


def hour(day: int, number: int) -> datetime:
    return nem_day(f"2025-01-{day:02}") + timedelta(hours=number)


def put_hours(lake: GoldBuild) -> None:
    """Five hours of 1 January and two of the next day of NYNGAN, one of BROKEN."""
    first, second = "2025-01-01", "2025-01-02"
    economic: Row = {"loss_class": "curtailed_economic_est", "curtailed_economic_mwh": 80.0}
    lake.put(
        "gold.plant_loss_hourly",
        loss("NYNGAN", hour(1, 8), first, 100.0, 90.0, price_aud_mwh=50.0, poa_w_m2=1000.0),
        loss("NYNGAN", hour(1, 9), first, 100.0, 20.0, price_aud_mwh=-10.0, poa_w_m2=1000.0, **economic),
        loss("NYNGAN", hour(1, 10), first, 100.0, 70.0, price_aud_mwh=40.0, poa_w_m2=1000.0, loss_class="underperforming"),
        loss("NYNGAN", hour(1, 11), first, 40.0, None, price_aud_mwh=20.0, loss_class="not_known", not_known_mwh=40.0),
        loss("NYNGAN", hour(1, 12), first, None, 5.0, price_aud_mwh=100.0),
        loss("NYNGAN", hour(2, 8), second, 50.0, 60.0, price_aud_mwh=30.0, poa_w_m2=600.0),
        loss(
            "NYNGAN",
            hour(2, 9),
            second,
            100.0,
            0.0,
            price_aud_mwh=30.0,
            poa_w_m2=900.0,
            loss_class="outage",
            unavailable_mwh=100.0,
        ),
        loss("BROKEN", hour(1, 8), first, 10.0, 10.0, price_aud_mwh=50.0, curtailed_method="no_market_data"),
    )
    for day, values in VALUES.items():
        for number, value in enumerate(values):
            energy = None if (day, number) == (1, 3) else 1.0
            lake.put_generation(hour(day, 8 + number), [energy], market_value_aud=value, last_ingest_time=utc("2025-01-02"))
    lake.put("silver.fact_generation_hourly", *generation(hour(1, 8), [10.0], "BROKEN", market_value_aud=500.0))


def put_days(lake: GoldBuild) -> None:
    """Days of NYNGAN in every state; of BROKEN one that was never published, of MERREDIN (WEM) one without any loss."""
    lake.put(
        "gold.daily_plant_kpi",
        kpi("NYNGAN", "2025-01-01", energy_mwh=185.0, energy_completeness=0.99, cf=0.2, insolation_kwh_m2=7.0),
        kpi("NYNGAN", "2025-01-02", energy_mwh=60.0, cf=0.1, insolation_kwh_m2=6.0, specific_yield_mwh_per_mw=2.4),
        kpi("NYNGAN", "2025-01-03", energy_mwh=10.0, is_open_day=True),
        kpi("NYNGAN", "2025-01-04", energy_mwh=10.0, weather_provisional_hours=3),
        kpi("NYNGAN", "2025-01-05", energy_mwh=100.05, cf=0.0),
        kpi("NYNGAN", "2025-01-06", energy_mwh=100.0),
        kpi("NYNGAN", "2025-01-07", energy_mwh=100.0),
        kpi("NYNGAN", "2025-02-01", energy_mwh=None),
        kpi("MERREDIN", "2025-01-01", network_id="WEM", energy_mwh=0.0, capacity_mw=20.0),
    )
    closed: Row = {"published_from": utc("2025-01-03"), "published_to": LATE}
    lake.put(
        "gold.kpi_history",
        kpi("NYNGAN", "2025-01-01", energy_mwh=5.0) | {"published_from": utc("2025-01-02"), "published_to": utc("2025-01-03")},
        kpi("NYNGAN", "2025-01-02", energy_mwh=59.0) | closed,
        kpi("NYNGAN", "2025-01-05", energy_mwh=100.0) | closed,
        kpi("NYNGAN", "2025-01-06", energy_mwh=1.0, is_open_day=True) | closed,
    )
    held: Row = {"check_name": "daily_plant_kpi_values", "network_id": "NEM", "finding": "cf 3", "finding_count": 1}
    noted: Row = {"held_since": LATE, "_dag_id": "silver_to_gold", "_run_id": "run"}
    lake.put("gold.held_back", {"plant_id": "BROKEN", "ds": date(2025, 1, 1)} | held | noted)
    # Until 04:30 of 7 January in the NEM, when the 5th is settled.
    asked: Row = {"asked_until_utc": utc("2025-01-06T18:30"), "due_hours": 0, "age_hours": 0}
    lake.put("gold.freshness", {"source": "oe_generation", "network_id": "NEM"} | asked)
    for day, fetched in ((6, LATE), (7, utc("2025-01-08"))):
        lake.put("gold.plant_loss_hourly", loss("NYNGAN", hour(day, 8), f"2025-01-{day:02}", None, 1.0))
        lake.put_generation(hour(day, 8), [1.0], last_ingest_time=fetched)


def put_totals(lake: GoldBuild) -> None:
    """Totals of NSW1 on two days, and of a region of which no plant has a day here."""
    said: Row = {"network_id": "NEM", "plants_reporting": 2, "is_complete": False, "_control_ingest_time": LATE}
    for region, day, total_mwh, our_mwh, is_comparable in (
        ("NSW1", 1, 200.0, 190.0, True),
        ("QLD1", 1, 300.0, 300.0, False),
        ("NSW1", 2, 0.0, 60.0, True),
    ):
        figures: Row = {"energy_mwh": total_mwh, "our_energy_raw_mwh": our_mwh, "is_comparable": is_comparable}
        lake.put("gold.control_totals", said | figures | {"network_region": region, "ds": date(2025, 1, day)})


def finding(rule: str, from_utc: datetime, to_utc: datetime | None, plant_id: str = "NYNGAN") -> Row:
    said: Row = {"plant_id": plant_id, "unit_code": plant_id, "rule": rule, "severity": "error", "_updated_at": LATE}
    return said | {"from_utc": from_utc, "to_utc": to_utc}


def put_all(lake: GoldBuild) -> None:
    """Insert everything: registry, hours, days, findings."""
    lake.put(
        "silver.dim_plant",
        plant(network_region="NSW1"),
        plant("BROKEN", network_region="NSW1", coordinate_check="outside_region"),
        plant("MERREDIN", "WEM", network_region="WEM", retired_date=date(2025, 6, 30)),
    )
    lake.put(
        "silver.dim_unit",
        unit(),
        unit("NYNGAN", "NYNGAN2", status_id="commissioning", capacity_source="capacity_registered"),
        unit("NYNGAN", "NYNGAN3", status_id="retired", capacity_source="capacity_changes.csv", retired_from_utc=LATE),
        unit("BROKEN", status_id="commissioning"),
        unit("MERREDIN", network_id="WEM"),
    )
    put_hours(lake)
    put_days(lake)
    put_totals(lake)
    lake.put(
        "silver.quality_findings",
        finding("doubled", hour(2, 6), hour(3, 0)),
        finding("frozen", hour(2, 23), hour(3, 1)),
        finding("capacity_suspect", hour(5, 0), None),
        finding("network_wide_gap", hour(4, 6), hour(4, 8), plant_id="NEM"),
        finding("night_rule_off", hour(1, 0), None),
    )
    judged: Row = {"severity": "warning", "value": 0.7, "bound": 0.8, "_updated_at": LATE}
    days: Row = {"plant_id": "NYNGAN", "rule": "weather_mismatch", "from_utc": hour(3, 0), "to_utc": hour(5, 0)}
    lake.put("gold.loss_findings", judged | days)
