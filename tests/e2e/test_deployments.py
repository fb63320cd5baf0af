"""The native stack and the compose stack make the same of the same data. `make test` first, `make compose-test` compares."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from tests.e2e import deployments
from tests.e2e.comparison import contents
from tests.e2e.conftest import Stack

pytestmark = pytest.mark.stack

SINCE, UNTIL = datetime(2024, 12, 31, 14, tzinfo=UTC), datetime(2025, 1, 7, 14, tzinfo=UTC)
HOUR = datetime(2025, 1, 5, 3, tzinfo=UTC)


def test_both_deployments_have_the_same_rows(recorded_week: Stack) -> None:
    began = time.monotonic()
    recorded_week.run_hour(HOUR)
    seconds = time.monotonic() - began
    deployments.write({"rows": contents(recorded_week, SINCE, UNTIL), "hour_seconds": seconds})
    if deployments.this_one() == deployments.NATIVE:
        return
    if not deployments.has(deployments.NATIVE):
        pytest.skip("nothing to compare with: `make test` has not run in this folder")

    native, compose = deployments.read(deployments.NATIVE), deployments.read(deployments.COMPOSE)
    for table, rows in native["rows"].items():
        assert compose["rows"][table] == rows, table
