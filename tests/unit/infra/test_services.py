"""Which services there are, and the order of their starting and stopping, which follows from what each needs and uses."""

from __future__ import annotations

from typing import Any

import pytest

from include.settings import Settings
from infra.services import services

EVERY = services.EVERY
NAMES = [service.name for service in EVERY]


def names_of(**settings: Any) -> list[str]:
    return [service.name for service in services.of(Settings(_env_file=None, **settings))]  # type: ignore[call-arg]


def test_every_service_names_others_that_there_are() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert {name for service in EVERY for name in (*service.needs, *service.uses)} <= set(NAMES)


@pytest.mark.parametrize("store", ["minio", "versitygw", "external"])
def test_a_service_starts_after_what_it_needs_and_uses(store: str) -> None:
    names = names_of(s3_server=store, pv_stand_in_port=18080)

    assert {"postgres", "trino", "airflow-scheduler", "stand-in-apis"} <= set(names)
    assert {"minio", "versitygw"} & set(names) == {store} - {"external"}
    for name in names:
        service = services.service(name)
        assert all(names.index(other) < names.index(name) for other in (*service.needs, *service.uses) if other in names)


def test_who_asks_stops_before_who_is_asked_and_the_databases_last() -> None:
    stopped = [[service.name for service in group] for group in reversed(services.groups(names_of()))]

    assert stopped == [
        ["airflow-scheduler"],
        ["spark-worker", "trino"],
        ["iceberg-rest", "mlflow", "airflow-api-server", "airflow-dag-processor", "airflow-triggerer"],
        ["postgres", "minio", "spark-master"],
    ]


def test_what_the_settings_do_not_ask_for_is_not_there() -> None:
    assert not {"iceberg-rest", "stand-in-apis", "trino-worker", "object-lifecycle"} & set(names_of(catalog_server="external"))


def test_an_unknown_service_is_named_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match="no service hive; known: stand-in-apis, postgres"):
        services.service("hive")


def test_a_probe_that_fails_is_a_finding() -> None:
    settings = Settings(_env_file=None, minio_endpoint="http://127.0.0.1:9")  # type: ignore[call-arg]
    assert "Connection refused" in (services.problem("minio", settings) or "")
