"""Every secret of the containers and Trino's authority get new values: old ones are refused, an hour runs with the new ones."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from include.settings import load_settings, names_of_own
from infra.setup.preparation import DONE_FOR
from tests.compose.docker import stack_command
from tests.e2e.conftest import Stack
from tests.e2e.secrets_at_work import changed, check_only_the_new_ones_are_taken, said_in

pytestmark = [pytest.mark.stack, pytest.mark.looks_back]


def test_every_secret_and_trinos_authority_are_rotated_and_the_stack_works_on(recorded_week: Stack, tmp_path: Path) -> None:
    stack, before, session = recorded_week, recorded_week.settings, recorded_week.airflow
    done_for, authority = session.variable(DONE_FOR), Path(str(before.trino_ca_file)).read_bytes()
    (tmp_path / "old_authority").write_bytes(authority)

    said = stack_command("rotate", "all") + stack_command("rotate", "TRINO_CA")
    load_settings.cache_clear()
    stack.use(load_settings())

    now = stack.settings
    assert changed(before, now) == set(names_of_own(now))
    assert said_in(said, before, now) == []
    check_only_the_new_ones_are_taken(before, now, session)
    assert stack.airflow.variable(DONE_FOR) == done_for
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"https://{now.trino_host}:{now.trino_port}/v1/info", verify=str(tmp_path / "old_authority"), timeout=10)
    stack.run_hour(datetime(2025, 1, 5, 3, tzinfo=UTC))
