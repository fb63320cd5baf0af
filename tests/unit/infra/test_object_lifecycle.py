"""Which versions of an object go, and when: S3's meaning of its lifecycle rules, on what versitygw says of versions."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from include.settings import Settings
from infra.services.lifecycle_note import finding, note_path
from infra.services.lifecycle_rules import Version, by_key, expired_versions, is_expired_object, is_over
from infra.services.object_versions import DIGITS, created

NOON = datetime(2025, 1, 8, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def ulid(moment: datetime) -> str:
    """A version id of versitygw made at that moment."""
    rest, digits = int(moment.timestamp() * 1000), ""
    for _ in range(10):
        rest, digit = divmod(rest, 32)
        digits = DIGITS[digit] + digits
    return f"{digits}0000000000000000"


def version(made: datetime, last_modified: datetime | None = None, *, current: bool = False, deletion: bool = False) -> Version:
    return Version("key", ulid(made), last_modified or made, current, deletion)


def test_an_id_of_versitygw_says_when_a_version_was_made_and_others_do_not() -> None:
    # an id that versitygw 1.8.0 gave at 06:36:07.041
    assert created("01M8GDWH01XVCVAHS09R6JYBQ1", NOON) == datetime(2026, 11, 28, 6, 36, 7, 41000, tzinfo=UTC)
    assert created("8ad4bd0e-5a9e-4b0e-a5f4-0a3d5cbeee54", NOON) == NOON
    assert created("null", NOON) == NOON
    assert created(ulid(NOON), NOON + DAY) == NOON


@pytest.mark.parametrize(
    ("days_later", "over"),
    [
        pytest.param(timedelta(days=3, hours=11, minutes=59), False, id="the days are over, but no midnight has come"),
        pytest.param(timedelta(days=3, hours=12), True, id="at the midnight after them"),
    ],
)
def test_days_end_at_the_next_midnight(days_later: timedelta, over: bool) -> None:
    assert is_over(NOON, 3, NOON + days_later) is over


def test_a_version_goes_so_many_days_after_it_was_replaced_and_the_current_one_never() -> None:
    first = version(NOON - 100 * DAY)
    second, third = version(NOON - 50 * DAY), version(NOON, current=True)

    assert expired_versions([third, second, first], 30, NOON + 15 * DAY) == [first]
    assert expired_versions([third, second, first], 30, NOON + 32 * DAY) == [second, first]
    assert expired_versions([third], 30, NOON + 3000 * DAY) == []


def test_what_was_deleted_a_minute_ago_stays_though_the_mark_of_it_looks_old() -> None:
    # versitygw: the mark has the time at which the object was written, the old version the time of the deletion
    written, deleted = NOON - 90 * DAY, NOON
    mark = version(deleted, last_modified=written, current=True, deletion=True)
    old = version(written, last_modified=deleted)

    assert expired_versions([mark, old], 30, NOON + timedelta(minutes=1)) == []
    assert expired_versions([mark, old], 30, NOON + 31 * DAY) == [old]


def test_the_mark_of_a_deletion_goes_when_it_is_alone_and_old() -> None:
    mark = version(NOON, current=True, deletion=True)

    assert expired_versions([mark], 30, NOON + 30 * DAY) == []
    assert expired_versions([mark], 30, NOON + 31 * DAY) == [mark]
    assert expired_versions([mark, version(NOON + DAY)], 30, NOON + 30 * DAY) == []


def test_a_mark_that_was_followed_by_an_object_is_an_old_version_like_others() -> None:
    current, mark, first = version(NOON, current=True), version(NOON - DAY, deletion=True), version(NOON - 2 * DAY)

    assert expired_versions([current, mark, first], 1, NOON + 2 * DAY) == [mark, first]


def test_a_listing_without_the_current_version_is_left_to_the_next_pass() -> None:
    assert expired_versions([version(NOON), version(NOON - DAY)], 1, NOON + 100 * DAY) == []


def test_a_version_from_before_versioning_is_judged_by_what_replaced_it() -> None:
    current, null = version(NOON, current=True), Version("key", "null", NOON - 900 * DAY, is_current=False, is_deletion=False)

    assert expired_versions([current, null], 30, NOON + DAY) == []
    assert expired_versions([current, null], 30, NOON + 31 * DAY) == [null]


@pytest.mark.parametrize(
    ("prefix", "days", "later", "expired"),
    [("", 0, 9000, False), ("k", 10, 10, False), ("k", 10, 11, True), ("", 10, 11, True), ("other/", 10, 11, False)],
)
def test_landing_objects_expire_with_a_retention_only(prefix: str, days: int, later: int, expired: bool) -> None:
    assert is_expired_object([version(NOON, current=True)], prefix, days, NOON + later * DAY) is expired


def test_what_is_deleted_already_is_not_deleted_again() -> None:
    assert not is_expired_object([version(NOON, current=True, deletion=True), version(NOON - DAY)], "", 1, NOON + 9 * DAY)


def test_versions_of_a_key_are_put_together_over_pages_of_which_one_begins_with_the_last_ones_end() -> None:
    def item(key: str, version_id: str) -> dict[str, Any]:
        return {"Key": key, "VersionId": version_id, "LastModified": NOON, "IsLatest": False}

    pages = [
        {"Versions": [item("a", "1"), item("b", "2")], "IsTruncated": True, "NextKeyMarker": "b"},
        {"Versions": [item("b", "2")], "DeleteMarkers": [item("b", "3")], "IsTruncated": True, "NextKeyMarker": "b"},
        {"DeleteMarkers": [item("c", "4")], "IsTruncated": False, "NextKeyMarker": ""},
    ]

    assert [[(v.key, v.version_id, v.is_deletion) for v in of_key] for of_key in by_key(pages)] == [
        [("a", "1", False)],
        [("b", "2", False), ("b", "3", True)],
        [("c", "4", True)],
    ]


@pytest.mark.parametrize(
    ("noted", "said"),
    [
        (None, "it has not asked the store yet"),
        ({"at": time.time(), "finding": "AccessDenied"}, "AccessDenied"),
        ({"at": time.time() - 13 * 3600, "finding": None}, "the last pass is too long ago"),
        ({"at": time.time(), "finding": None}, None),
    ],
)
def test_its_health_is_that_of_its_last_pass(tmp_path: Path, noted: dict[str, Any] | None, said: str | None) -> None:
    settings = Settings(_env_file=None, pv_data_dir=tmp_path)  # type: ignore[call-arg]
    if noted:
        note_path(settings).parent.mkdir()
        note_path(settings).write_text(json.dumps(noted))

    assert finding(settings) == said
