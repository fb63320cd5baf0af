"""Every generated secret gets a new value on the running stack: the old ones are refused, and an hour runs with the new ones."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest

from include.settings import Settings, load_settings, names_of_own
from infra.secrets import rotation
from infra.secrets.store import Store
from infra.secrets.values import new_secret
from infra.services import databases
from infra.setup.preparation import DONE_FOR
from tests.e2e.conftest import Stack
from tests.e2e.processes import native
from tests.e2e.secrets_at_work import changed, check_only_the_new_ones_are_taken, said_in, session_answer

pytestmark = [pytest.mark.stack, pytest.mark.looks_back]


def rotate(stack: Stack, *names: str) -> None:
    """Rotate by the command a person uses, and speak to the stack with the new values."""
    before = stack.settings
    done = native("rotate", *names)
    assert done.returncode == 0, done.stdout + done.stderr
    load_settings.cache_clear()
    stack.use(load_settings())
    assert said_in(done.stdout + done.stderr, before, stack.settings) == []


def log_in_to_postgres(settings: Settings, role: str, password: str) -> None:
    database = settings.postgres_db if role == settings.postgres_user else role
    where = {"host": settings.postgres_host, "port": settings.postgres_port, "dbname": database, "user": role}
    psycopg.connect(**where, password=password, connect_timeout=5).close()


def logins_to_postgres(settings: Settings) -> dict[str, str]:
    own = {role: password.get_secret_value() for role, password in databases.roles(settings).items()}
    return own | {settings.postgres_user: settings.secret("postgres_password")}


@pytest.mark.long
def test_every_secret_is_rotated_and_the_stack_works_on(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    first = stack.settings
    done_for = stack.airflow.variable(DONE_FOR)
    session = stack.airflow
    assert done_for and session_answer(session) == 200

    # when: the two that change data alone, one with a value that is given; then all
    monkeypatch.setenv("POSTGRES_PASSWORD", given := new_secret("postgres_password"))
    rotate(stack, "POSTGRES_PASSWORD")
    monkeypatch.delenv("POSTGRES_PASSWORD")
    assert changed(first, stack.settings) == {"postgres_password"}
    assert stack.settings.secret("postgres_password") == given

    rotate(stack, "AIRFLOW_FERNET_KEY")
    assert changed(first, stack.settings) == {"postgres_password", "airflow_fernet_key"}
    assert session_answer(session) == 200
    assert stack.airflow.variable(DONE_FOR) == done_for

    second = stack.settings
    rotate(stack, "all")
    now = stack.settings
    assert changed(second, now) == changed(first, now) == set(names_of_own(now))

    # then: the old ones are refused, the new ones work
    for role, password in logins_to_postgres(second).items():
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            log_in_to_postgres(now, role, password)
    for role, password in logins_to_postgres(now).items():
        log_in_to_postgres(now, role, password)

    check_only_the_new_ones_are_taken(second, now, session)
    assert stack.airflow.variable(DONE_FOR) == done_for

    stack.run_hour(datetime(2025, 1, 5, 3, tzinfo=UTC))


def test_a_rotation_that_was_cut_short_is_ended_by_the_next_one(stack: Stack) -> None:
    # given Postgres has the next password, the file the current one
    before = stack.settings
    Store(before.secrets_dir).begin({"postgres_password": new_secret("postgres_password")})
    following = rotation.next_values(before)
    assert following
    rotation.change_superuser(before, following)

    rotate(stack, "READER_S3_SECRET_KEY")

    assert changed(before, stack.settings) == {"postgres_password", "reader_s3_secret_key"}
    assert stack.settings.secret("postgres_password") == following.secret("postgres_password")
    assert rotation.next_values(stack.settings) is None
    databases.connect(stack.settings).close()
