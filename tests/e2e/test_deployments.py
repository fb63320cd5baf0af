"""The native stack and the compose stack make the same of the same data. `make test` first, `make compose-test` compares."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.e2e import deployments
from tests.e2e.comparison import contents
from tests.e2e.conftest import Stack

pytestmark = pytest.mark.stack

SINCE, UNTIL = datetime(2024, 12, 31, 14, tzinfo=UTC), datetime(2025, 1, 7, 14, tzinfo=UTC)


def test_both_deployments_have_the_same_rows(shuffled_hours: Stack) -> None:
    """Of the recorded week, after two hours of another month."""
    deployments.write({"rows": contents(shuffled_hours, SINCE, UNTIL), "hour_seconds": shuffled_hours.hour_seconds})
    if deployments.this_one() == deployments.NATIVE:
        return
    if not deployments.has(deployments.NATIVE):
        pytest.skip("nothing to compare with: `make test` has not run in this folder")

    native, compose = deployments.read(deployments.NATIVE), deployments.read(deployments.COMPOSE)
    for table, rows in native["rows"].items():
        assert compose["rows"][table] == rows, table
