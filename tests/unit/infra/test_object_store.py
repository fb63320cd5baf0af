"""S3_SERVER=external: no MinIO of ours, and a line for everything that the other store refuses, tried on a real one."""

from __future__ import annotations

import re
import runpy
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from minio.error import S3Error

from include.paths import PROJECT_ROOT
from include.settings import Settings
from infra.bench import bench
from infra.commands import demo
from infra.services import services
from infra.setup import object_store, preparation
from infra.stack import lifecycle
from tests.unit.conftest import PASSWORD, USER

ENGINES = ("landing", "spark", "trino", "catalog", "mlflow", "reader")


@pytest.fixture
def external(tmp_path: Path) -> Settings:
    keys = {f"{engine}_s3_{part}_key": "given" for engine in ENGINES for part in ("access", "secret")}
    return Settings(s3_server="external", pv_data_dir=tmp_path, **keys)


@pytest.fixture
def on_a_store(make_settings: Callable[..., Settings]) -> Callable[..., Settings]:
    """Settings of an external store: a MinIO that the tests run, where every engine is the administrator."""
    keys = {f"{engine}_s3_access_key": USER for engine in ENGINES} | {f"{engine}_s3_secret_key": PASSWORD for engine in ENGINES}
    store = {"s3_server": "external", "minio_access_key": USER, "minio_secret_key": PASSWORD}
    return lambda **changes: make_settings(**(keys | store | changes))


def test_no_minio_is_started_nor_its_port_asked_for(external: Settings) -> None:
    assert "minio" in {service.name for service in services.of(Settings())}
    assert "minio" not in {service.name for service in services.of(external)}

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        elsewhere = external.model_copy(update={"minio_endpoint": f"http://127.0.0.1:{port}"})
        assert not [line for line in lifecycle.taken_ports(elsewhere) if str(port) in line]


def test_the_script_that_makes_buckets_gets_no_key_of_an_engine(external: Settings) -> None:
    given = external.with_secrets({"minio_access_key": "administrator", "minio_secret_key": "its-secret"})

    env = preparation.buckets_env(given)

    assert env["S3_SERVER"] == "external"
    assert not [name for name in env if name.endswith("_S3_SECRET_KEY")]


def test_a_store_that_does_not_answer_is_said_in_one_line(external: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]  # free again below

    (line,) = object_store.refusals(external.model_copy(update={"minio_endpoint": f"http://127.0.0.1:{port}"}))

    assert f"http://127.0.0.1:{port} does not answer (S3_SERVER=external, MINIO_ENDPOINT)" in line


@pytest.mark.needs_minio
def test_a_store_that_takes_every_key_is_ready_and_what_is_not_done_is_said(on_a_store: Callable[..., Settings]) -> None:
    by_administrator = object_store.prepare(on_a_store(mlflow_artifacts_uri="s3://made-by-us/artifacts"))
    without = object_store.prepare(on_a_store(minio_secret_key="", mlflow_artifacts_uri="s3://made-by-us/artifacts"))

    assert by_administrator == (
        "buckets lakehouse, made-by-us are there; not done: versioning and expiry of lakehouse (it was there), "
        "users and their policies (S3_SERVER=external)"
    )
    assert without == "buckets and users are taken as they are (no MINIO_SECRET_KEY)"


@pytest.mark.needs_minio
def test_a_bucket_that_was_there_keeps_its_rules(on_a_store: Callable[..., Settings]) -> None:
    settings = on_a_store(mlflow_artifacts_uri="s3://shared/artifacts")
    administrator = object_store.client(settings, "minio")
    administrator.create_bucket(Bucket="shared")
    rule = {"ID": "of-the-owner", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 7}}
    administrator.put_bucket_lifecycle_configuration(Bucket="shared", LifecycleConfiguration={"Rules": [rule]})

    object_store.prepare(settings)

    assert administrator.get_bucket_lifecycle_configuration(Bucket="shared")["Rules"] == [rule]
    assert "Status" not in administrator.get_bucket_versioning(Bucket="shared")


@pytest.mark.needs_minio
@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"trino_s3_access_key": "nobody"}, r"TRINO_S3_ACCESS_KEY s3://lakehouse/warehouse .*: InvalidAccessKeyId; no"),
        ({"mlflow_s3_secret_key": "wrong"}, r"MLFLOW_S3_ACCESS_KEY s3://mlflow/artifacts .*: SignatureDoesNotMatch; its"),
        (
            {"landing_uri": "s3://other-bucket/landing", "minio_secret_key": ""},
            r"SPARK_S3_ACCESS_KEY s3://other-bucket/landing \(LANDING_URI\): NoSuchBucket; make the bucket",
        ),
    ],
)
def test_a_store_that_refuses_is_said_with_engine_place_and_mend(
    on_a_store: Callable[..., Settings], change: dict[str, str], complaint: str
) -> None:
    with pytest.raises(object_store.StoreError, match=complaint) as refusal:
        object_store.prepare(on_a_store(**change))

    assert PASSWORD not in str(refusal.value)


@pytest.mark.needs_minio
@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"minio_secret_key": "wrong-secret"}, r"^create-buckets: http://\S+ refuses MINIO_ACCESS_KEY, bucket lakehouse: \w+"),
        pytest.param(  # beside the slow ones: the client tries for six seconds
            {"minio_endpoint": "http://127.0.0.1:9"},
            r"^create-buckets: http://127\.0\.0\.1:9 does not answer",
            marks=pytest.mark.stack,
        ),
    ],
)
def test_an_administrator_who_is_refused_is_said_in_one_line(
    on_a_store: Callable[..., Settings], change: dict[str, str], complaint: str
) -> None:
    with pytest.raises(preparation.PreparationError) as refusal:
        object_store.prepare(on_a_store(**change))

    heading, *lines = str(refusal.value).splitlines()
    assert heading == "create-buckets.sh failed:"
    assert len(lines) == 1 and re.search(complaint, lines[0]), lines


def test_every_s3_address_and_every_engine_is_asked_for(external: Settings) -> None:
    places = object_store.places(external)

    addresses = {name.upper(): value for name, value in external.model_dump().items() if str(value).startswith("s3://")}
    assert {variable: uri for _, variable, uri in places} == addresses
    assert {engine for engine, _, _ in places} == set(ENGINES)


def test_a_catalog_that_is_not_ours_has_its_own_key(external: Settings) -> None:
    both = external.model_copy(update={"catalog_server": "external"})

    assert {engine for engine, _, _ in object_store.places(both)} == set(ENGINES) - {"catalog"}
    assert not {"minio", "iceberg-rest"} & {service.name for service in services.of(both)}


@pytest.mark.parametrize("server", ["S3_SERVER", "CATALOG_SERVER"])
@pytest.mark.parametrize("command", [demo.demo, bench.bench])
def test_made_up_rows_keep_out(command: Callable[[], int], server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(server, "external")
    monkeypatch.setattr(demo, "RUNNING", tmp_path / "running.json")
    for started in ("up", "down"):
        monkeypatch.setattr(lifecycle, started, lambda: pytest.fail("went on"))

    with pytest.raises(lifecycle.StackError, match=f"{server}=external, but made-up rows stay in servers of their own"):
        command()


class StoreWithout:
    """A store's client that answers every setting of a bucket with an error code."""

    def __init__(self, code: str) -> None:
        self.error = S3Error(None, code, "said the store", "/lakehouse", "1", "1", "lakehouse")

    def set_bucket_versioning(self, *_: object) -> None:
        raise self.error

    set_bucket_lifecycle = set_bucket_versioning


def test_a_store_without_versions_and_expiry_will_do_but_one_that_refuses_them_will_not() -> None:
    keep_versions = runpy.run_path(str(PROJECT_ROOT / "docker/minio/init/create_buckets.py"))["keep_versions"]

    assert keep_versions(StoreWithout("NotImplemented"), "lakehouse", None) == [
        "versioning of lakehouse (NotImplemented)",
        "expiry of lakehouse (NotImplemented)",
    ]
    with pytest.raises(S3Error, match="AccessDenied"):
        keep_versions(StoreWithout("AccessDenied"), "lakehouse", None)
