from datetime import UTC, date, datetime

import pytest

from include.networks import NETWORKS
from include.paths import PROJECT_ROOT


@pytest.mark.parametrize(("code", "time_zone", "wall_clock"), [("NEM", "+10:00", 4), ("WEM", "+08:00", 2)])
@pytest.mark.parametrize("month", [1, 7])  # summer and winter: no daylight saving, ever
def test_network_time_is_a_fixed_offset(code: str, time_zone: str, wall_clock: int, month: int) -> None:
    network = NETWORKS[code]
    instant = datetime(2025, month, 1, 18, tzinfo=UTC)
    local = network.to_local_naive(instant)
    assert network.time_zone == time_zone
    assert local == datetime(2025, month, 2, wall_clock)  # noqa: DTZ001
    assert network.to_utc(local) == instant
    assert network.local_date(instant) == date(2025, month, 2)
    assert network.midnight_utc(date(2025, month, 2)).hour == (24 - int(time_zone[1:3]))


def test_naive_and_aware_are_not_mixed_up() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        NETWORKS["NEM"].to_local_naive(datetime(2025, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="has a time zone"):
        NETWORKS["NEM"].to_utc(datetime(2025, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("network", "region", "latitude", "longitude", "inside"),
    [
        ("NEM", "NSW1", -35.64421, 145.508644, True),  # Finley, close to the Victorian border
        ("NEM", "VIC1", -26.25, 149.99, False),  # GIRGSF as it was published: in Queensland
        ("NEM", "QLD1", -26.25, 149.99, True),
        ("NEM", "VIC1", -36.0, 146.0, True),
        ("WEM", "WEM", -31.0, 115.9, True),
        ("WEM", "WEM", -35.0, 146.0, False),
        ("NEM", None, -35.0, 146.0, True),
        ("NEM", None, 35.0, 146.0, False),  # the sign was lost
    ],
)
def test_coordinates_are_held_against_the_region(
    network: str, region: str | None, latitude: float, longitude: float, inside: bool
) -> None:
    assert NETWORKS[network].is_inside(region, latitude, longitude) is inside


def test_all_recorded_farms_lie_in_their_region_but_the_one_known_to_be_wrong() -> None:
    import csv

    farms = list(csv.DictReader(next(PROJECT_ROOT.glob("infra/upstream/recorded/**/solar_facilities.csv")).open()))
    outside = [
        farm["facility_code"]
        for farm in farms
        if not NETWORKS[farm["network_id"]].is_inside(farm["network_region"], float(farm["lat"]), float(farm["lng"]))
    ]
    assert len(farms) == 40
    assert outside == ["GIRGSF"]
