"""What is known of facilities before anything is asked."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from include.errors import TrinoUnavailable
from include.landing import Context, Exchange, Landing, Location, Run
from include.readings import read_envelope
from include.registry import Facility, chosen, facilities_of, known_facilities, newest_landed, overlaid
from include.settings import Settings
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


def test_no_codes_choose_everything_and_unknown_ones_are_named(caplog: pytest.LogCaptureFixture) -> None:
    assert chosen([FINLEY, NOWHERE], ()) == [FINLEY, NOWHERE]
    assert caplog.text == ""
    assert chosen([FINLEY, NOWHERE], ("FINLEYSF", "TYPO", "AVLSF")) == [FINLEY]
    assert caplog.record_tuples == [
        (
            "include.registry",
            logging.WARNING,
            "PV_FACILITIES names AVLSF, TYPO, which the registry does not have; the others are fetched",
        )
    ]


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
