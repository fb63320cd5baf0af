"""All services of the stack: which ones settings ask for, and the order that follows from what each needs and uses."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from graphlib import TopologicalSorter

from include.settings import Settings
from infra.services import airflow, iceberg_rest, minio, mlflow, postgres, spark, stand_in, trino, versitygw
from infra.services.service import Service

STORES = {"minio": minio.MINIO, "versitygw": versitygw.VERSITYGW}
"""By S3_SERVER, where the stack runs it."""

EVERY = (
    stand_in.STAND_IN,
    postgres.POSTGRES,
    *STORES.values(),
    iceberg_rest.ICEBERG_REST,
    spark.MASTER,
    spark.WORKER,
    trino.TRINO,
    trino.TRINO_WORKER,
    mlflow.MLFLOW,
    versitygw.OBJECT_LIFECYCLE,
    *airflow.SERVICES,
)


def of(settings: Settings) -> tuple[Service, ...]:
    """The services that these settings ask for, in the order of their start."""
    left_out = {name for name in STORES if name != settings.s3_server} | {trino.TRINO_WORKER.name}
    left_out |= {versitygw.OBJECT_LIFECYCLE.name} if settings.s3_server != "versitygw" else set()
    left_out |= {iceberg_rest.ICEBERG_REST.name} if settings.catalog_server == "external" else set()
    left_out |= set() if settings.pv_stand_in_port else {stand_in.STAND_IN.name}
    return tuple(service for group in groups(s.name for s in EVERY if s.name not in left_out) for service in group)


def service(name: str) -> Service:
    """Service by name; raises KeyError naming the known ones."""
    for each in EVERY:
        if each.name == name:
            return each
    raise KeyError(f"no service {name}; known: {', '.join(each.name for each in EVERY)}")


def groups(names: Iterable[str]) -> list[tuple[Service, ...]]:
    """Return these services in groups: each needs and uses of the others only what stands in groups before its own.

    In this order they start; in the reverse order they stop, a group at once.
    """
    wanted = set(names)
    present = {each.name: each for each in EVERY if each.name in wanted}
    sorter = TopologicalSorter({name: {*each.needs, *each.uses} & present.keys() for name, each in present.items()})
    sorter.prepare()
    found = []
    while sorter.is_active():
        ready = sorter.get_ready()
        found.append(tuple(each for each in EVERY if each.name in ready))
        sorter.done(*ready)
    return found


def problem(name: str, settings: Settings) -> str | None:
    """What is wrong with a service, or None."""
    try:
        return service(name).probe(settings)
    except Exception as error:  # any failure of a probe is its finding
        return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"


def wait_for(name: str, settings: Settings, limit_seconds: float, still_running: Callable[[], bool] = lambda: True) -> str | None:
    """Ask until a service answers; the last finding when it does not within the limit or stops running for good."""
    deadline = time.monotonic() + limit_seconds
    while (finding := problem(name, settings)) is not None:
        if time.monotonic() > deadline or not still_running():
            return finding
        time.sleep(0.3)
    return None
