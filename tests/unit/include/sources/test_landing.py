"""Landing against a real MinIO: one object per exchange, never overwritten, nothing lost."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from include.errors import LandingConflict, LandingUnavailable
from include.settings import Settings
from include.sources.landing import Context, Envelope, Exchange, Landing, Location, Run, kept_headers, path_safe
from include.sources.readings import read_envelope
from include.windows import Window

RUN = Run("ingest_oe_bronze", "scheduled__2025-01-01T00:00:00+00:00", "scheduled", 2)
CONTEXT = Context(Window.parse("2025-01-01T00:00Z", "2025-01-02T00:00Z"), "NEM", facility_codes=("EMERASF",))
EXCHANGE = Exchange(
    url="http://source/v4/data/facilities/NEM",
    params=(("metrics", "energy"), ("metrics", "power")),
    status=200,
    headers={"etag": "W/1"},
    body=b'{"data": []}',
    error=None,
    fetched_at=datetime(2026, 11, 24, 20, 5, 1, 123456, tzinfo=UTC),
    duration_ms=321,
)


def test_an_envelope_is_named_by_source_start_instant_and_run() -> None:
    assert Envelope("oe_generation", EXCHANGE, CONTEXT, RUN, 3).name == (
        "oe_generation/20250101T0000Z/20261124T200501.123456Z-scheduled__2025_01_01T00_00_00_00_00-2-3.json.gz"
    )


def test_the_registry_which_has_no_window_is_named_by_the_hour_it_was_fetched_in() -> None:
    name = Envelope("oe_facilities", EXCHANGE, Context(), RUN, 1).name
    assert name.startswith("oe_facilities/20261124T2000Z/20261124T200501.123456Z-")


@pytest.mark.parametrize("run_id", ["a/../../b", "a b", "a-b", "käse", "x" * 300, "a\nb"])
def test_a_run_id_cannot_leave_its_place_in_the_name(run_id: str) -> None:
    assert path_safe(run_id).replace("_", "").replace(".", "").isalnum()
    assert "/" not in path_safe(run_id)
    assert len(path_safe(run_id)) <= 120


def test_the_document_holds_what_was_asked_and_what_came() -> None:
    context = Context(CONTEXT.window, None, "archive", "era5_seamless", locations=(Location(-23.52, 148.16),))
    assert Envelope("om_weather", EXCHANGE, context, RUN, 3).document() == {
        "envelope_version": 1,
        "source": "om_weather",
        "request": {
            "method": "GET",
            "url": "http://source/v4/data/facilities/NEM",
            "params": [["metrics", "energy"], ["metrics", "power"]],
        },
        "context": {
            "window_start": "2025-01-01T00:00:00Z",
            "window_end": "2025-01-02T00:00:00Z",
            "network_id": None,
            "dataset": "archive",
            "model": "era5_seamless",
            "facility_codes": [],
            "locations": [{"location_id": "-23.520000,148.160000", "latitude": -23.52, "longitude": 148.16}],
        },
        "response": {"status": 200, "headers": {"etag": "W/1"}, "body": '{"data": []}'},
        "error": None,
        "fetched_at": "2026-11-24T20:05:01.123456Z",
        "duration_ms": 321,
        "run": {"dag_id": RUN.dag_id, "run_id": RUN.run_id, "run_type": "scheduled", "try_number": 2, "n": 3},
    }


def test_an_instant_without_microseconds_is_written_as_long_as_any_other() -> None:
    # names and texts are sorted: a missing fraction would sort after one
    envelope = Envelope("oe_generation", replace(EXCHANGE, fetched_at=datetime(2026, 11, 24, 20, tzinfo=UTC)), CONTEXT, RUN, 1)
    assert envelope.document()["fetched_at"] == "2026-11-24T20:00:00.000000Z"
    assert "/20261124T200000.000000Z-" in envelope.name


@pytest.mark.parametrize("body", ["μg/m³ 🌞".encode(), b"\x00\x01", b""])
def test_text_is_kept_as_it_came(body: bytes) -> None:
    stored = json.loads(gzip.decompress(Envelope("om_weather", replace(EXCHANGE, body=body), CONTEXT, RUN, 1).packed()))
    assert stored["response"] == {"status": 200, "headers": {"etag": "W/1"}, "body": body.decode()}


def test_bytes_that_are_no_text_are_kept_too_and_read_as_an_error() -> None:
    document = Envelope("oe_generation", replace(EXCHANGE, body=b"\xff\xfe{"), CONTEXT, RUN, 1).document()
    assert document["response"]["body"] == "//57"
    assert document["response"]["body_encoding"] == "base64"
    assert (read_envelope(document).outcome, read_envelope(document).detail) == ("error", "not JSON: the body is not UTF-8")


def test_only_headers_worth_keeping_are_kept() -> None:
    headers = [("ETag", "W/1"), ("Set-Cookie", "secret"), ("Authorization", "Bearer x"), ("Retry-After", "3"), ("X-Other", "1")]
    assert kept_headers(headers) == {"etag": "W/1", "retry-after": "3"}


@pytest.mark.needs_minio
def test_what_was_put_is_listed_and_read_back(make_settings: Callable[..., Settings]) -> None:
    landing = Landing(make_settings())
    first, document = landing.put("oe_generation", EXCHANGE, CONTEXT, RUN)
    second, _ = landing.put("oe_generation", EXCHANGE, CONTEXT, RUN)
    landing.put("oe_facilities", EXCHANGE, Context(), RUN)
    assert first.split("/", 1)[1] == Envelope("oe_generation", EXCHANGE, CONTEXT, RUN, 1).name.join(["landing/", ""])
    assert landing.keys("oe_generation") == [first, second]
    assert landing.read(first) == document
    assert landing.keys("om_weather") == []


@pytest.mark.needs_minio
def test_a_name_that_is_taken_is_never_overwritten(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings()
    key, document = Landing(settings).put("oe_generation", EXCHANGE, CONTEXT, RUN)
    with pytest.raises(LandingConflict, match="nothing was overwritten"):
        Landing(settings).put("oe_generation", replace(EXCHANGE, body=b"other"), CONTEXT, RUN)
    assert Landing(settings).read(key) == document


@pytest.mark.needs_minio
def test_a_put_whose_answer_was_lost_may_be_repeated(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings()
    first = Landing(settings).put("oe_generation", EXCHANGE, CONTEXT, RUN)
    assert Landing(settings).put("oe_generation", EXCHANGE, CONTEXT, RUN) == first


@pytest.mark.needs_minio
def test_more_envelopes_than_one_page_of_a_listing_are_all_listed(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings()
    prefix = settings.landing_uri.removeprefix("s3://lakehouse/")
    landing = Landing(settings)
    pages: list[str] = []

    def make_small(params: dict[str, Any], **_: object) -> dict[str, Any]:
        pages.append(params.get("ContinuationToken", ""))
        return params | {"MaxKeys": 4}

    landing._client.meta.events.register("provide-client-params.s3.ListObjectsV2", make_small)
    for number in range(9):
        landing._client.put_object(Bucket="lakehouse", Key=f"{prefix}/om_weather/{number:04d}", Body=b"")

    assert len(landing.keys("om_weather")) == 9
    assert len(pages) == 3


@pytest.mark.needs_minio
@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"landing_s3_secret_key": "wrong"}, "SignatureDoesNotMatch"),
        ({"landing_uri": "s3://other-bucket/landing"}, "other-bucket"),
    ],
)
def test_a_store_that_refuses_is_named_with_the_settings_to_check(
    make_settings: Callable[..., Settings], change: dict[str, str], complaint: str
) -> None:
    with pytest.raises(LandingUnavailable, match=complaint) as failure:
        Landing(make_settings(**change)).put("oe_generation", EXCHANGE, CONTEXT, RUN)
    assert "LANDING_S3_ACCESS_KEY" in str(failure.value)
