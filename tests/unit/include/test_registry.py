"""What is known of facilities before anything is asked."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from include.errors import FacilityUnknown, TrinoUnavailable
from include.registry import Facility, chosen, facilities_of, known_facilities, newest_landed, overlaid, phase_of, refuse_unknown
from include.settings import Settings
from include.sources.landing import Context, Exchange, Landing, Location, Run
from include.sources.readings import read_envelope
from tests.unit.envelopes import registry_body, registry_envelope
from tests.unit.scripted import Scripted

FINLEY = Facility("FINLEYSF", "NEM", -35.64421, 145.508644)
NOWHERE = Facility("NOWHERE", "NEM", None, None)


def test_a_facility_of_several_units_is_one() -> None:
    body = registry_body()
    body["data"][0]["units"].append(body["data"][0]["units"][0] | {"code": "FINLYSF2"})
    rows = read_envelope(registry_envelope(body)).rows
    assert len(rows) == 2
    assert facilities_of(rows) == [FINLEY]


def test_a_location_needs_both_coordinates() -> None:
    assert FINLEY.location == Location(-35.64421, 145.508644)
    assert NOWHERE.location is None
    assert replace(FINLEY, longitude=None).location is None


def test_no_codes_choose_everything_and_phases_narrow_it() -> None:
    assert chosen([FINLEY, NOWHERE], ()) == [FINLEY, NOWHERE]
    assert chosen([FINLEY, NOWHERE], ("FINLEYSF", "TYPO")) == [FINLEY]
    ended = replace(NOWHERE, phase="ended")
    assert chosen([FINLEY, ended], (), ("planned", "running")) == [FINLEY]
    assert chosen([FINLEY, ended], ("NOWHERE",), ("ended",)) == [ended]


@pytest.mark.parametrize(
    ("statuses", "phase"),
    [
        (["operating", "retired"], "running"),
        (["commissioning"], "running"),
        (["committed", "operating"], "running"),
        (["committed", "retired"], "planned"),
        (["retired"], "ended"),
        ([], "ended"),
        ([""], "running"),
    ],
)
def test_a_site_is_planned_running_or_ended_by_its_units(statuses: list[str], phase: str) -> None:
    assert phase_of(statuses) == phase
    rows = [{"facility_code": "A", "network_id": "NEM", "latitude": None, "longitude": None, "status_id": s} for s in statuses]
    assert [site.phase for site in facilities_of(rows)] == [phase] * bool(rows)


def test_a_code_that_the_registry_lacks_is_refused_with_those_near_it() -> None:
    names = {"STUBSF": "Stubbo", "FINLEYSF": "Finley", "WNSF": "West"}
    refuse_unknown(("STUBSF", "WNSF"), names)
    with pytest.raises(FacilityUnknown) as refused:
        refuse_unknown(("0STUBBOSF", "STUBSF", "XQJ"), names)
    assert str(refused.value) == (
        "PV_FACILITIES names what the registry does not have: 0STUBBOSF (near: STUBSF Stubbo); XQJ (nothing is near). "
        "Codes are renamed at times"
    )


def test_what_landed_last_overlays_what_bronze_has() -> None:
    moved, new = replace(FINLEY, latitude=-35.0), Facility("NEWSF", "WEM", -31.0, 116.0)
    assert overlaid([NOWHERE, FINLEY], [new, moved]) == [moved, NOWHERE, new]
    assert overlaid([FINLEY], []) == [FINLEY]


@pytest.mark.needs_minio
def test_the_newest_registry_that_can_be_read_counts(make_settings: Callable[..., Settings]) -> None:
    landing = Landing(make_settings())
    assert newest_landed(landing) == []

    def put(hour: int, status: int, body: object, url: str = "http://source/v4/facilities/") -> None:
        packed = Scripted(status, body).bytes  # type: ignore[arg-type]
        exchange = Exchange(url, (), status, {}, packed, None, datetime(2026, 11, 24, hour, 5, tzinfo=UTC), 1)
        landing.put("oe_facilities", exchange, Context(), Run("d", "r", "scheduled", 1))

    renamed = registry_body()
    renamed["data"][0]["name"] = "Finley two"
    put(10, 200, registry_body())
    put(11, 200, renamed)
    put(12, 503, "x")
    put(13, 200, {"data": {"plan": "COMMUNITY"}}, "http://source/v4/me")
    put(14, 200, "not json")
    assert [row["facility_name"] for row in newest_landed(landing)] == ["Finley two"]


@pytest.mark.needs_minio
def test_a_trino_that_does_not_answer_is_no_empty_registry(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings(trino_https_port=9, trino_fetch_password="unused")
    with pytest.raises(TrinoUnavailable, match=r"https://127\.0\.0\.1:9 does not answer"):
        known_facilities(settings, Landing(settings))
