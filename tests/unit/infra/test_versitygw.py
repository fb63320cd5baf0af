"""S3_SERVER=versitygw: what is started, who may do what, and that no data folder gets two stores."""

from __future__ import annotations

import os
import runpy
from pathlib import Path

import pytest

from include.paths import PROJECT_ROOT
from include.settings import Settings, kinds_of_others, names_of_generated
from infra.install import steps as install
from infra.secrets import rotation, secrets_in_use, values
from infra.secrets.store import Store
from infra.services import services, versitygw
from infra.setup import preparation, versitygw_users
from infra.setup.object_store import StoreError
from infra.stack import own_stores

ENGINES = ("landing", "spark", "trino", "catalog", "mlflow", "reader")
KEYS = {engine: f"id-of-{engine}" for engine in (*ENGINES, "lifecycle")}


@pytest.fixture
def chosen(tmp_path: Path) -> Settings:
    secret = {name: f"value-of-{name}" for name in names_of_generated()}
    return Settings(_env_file=None, s3_server="versitygw", pv_data_dir=tmp_path / "data", **secret)  # type: ignore[call-arg]


def test_it_is_started_in_the_place_of_minio_with_its_lifecycle_beside_it(chosen: Settings) -> None:
    names = [service.name for service in services.of(chosen)]

    assert names.index("versitygw") < names.index("iceberg-rest")
    assert "object-lifecycle" in names and "minio" not in names
    assert not {"versitygw", "object-lifecycle"} & {service.name for service in services.of(Settings(_env_file=None))}  # type: ignore[call-arg]
    assert names.index("versitygw") < names.index("object-lifecycle")


def test_its_key_is_in_no_argument_and_the_lifecycles_in_no_other_process(chosen: Settings) -> None:
    command = " ".join(versitygw.VERSITYGW.command(chosen))

    assert "value-of-minio_secret_key" not in command
    assert versitygw.VERSITYGW.env(chosen)["ROOT_SECRET_ACCESS_KEY"] == "value-of-minio_secret_key"
    assert set(secrets_in_use.used(versitygw.OBJECT_LIFECYCLE, chosen)) == {"lifecycle_s3_access_key", "lifecycle_s3_secret_key"}
    others = [service for service in services.of(chosen) if service is not versitygw.OBJECT_LIFECYCLE]
    assert not [service.name for service in others if "value-of-lifecycle_s3_secret_key" in service.env(chosen).values()]


def test_the_lifecycles_key_is_made_up_for_versitygw_only(tmp_path: Path) -> None:
    def made(server: str) -> list[str]:
        settings = Settings(_env_file=None, s3_server=server, pv_data_dir=tmp_path / server)  # type: ignore[call-arg,arg-type]
        return values.fill(Store(settings.secrets_dir), settings)

    assert "LIFECYCLE_S3_SECRET_KEY" in made("versitygw")
    assert "LIFECYCLE_S3_SECRET_KEY" not in made("minio")
    assert kinds_of_others(Settings(_env_file=None, s3_server="external")) == {  # every kind but these
        "s3",
        "s3-key-id",
        "lifecycle",
        "lifecycle-key-id",
    }  # type: ignore[call-arg]


def test_rotating_all_takes_the_lifecycles_key_along(chosen: Settings) -> None:
    assert {"lifecycle_s3_secret_key", "minio_secret_key"} <= set(rotation.chosen(chosen, ["all"]))


def test_the_script_that_makes_buckets_gets_the_key_of_every_user(chosen: Settings) -> None:
    env = preparation.buckets_env(chosen)

    assert {name for name in env if name.endswith("_S3_SECRET_KEY")} == {f"{user.upper()}_S3_SECRET_KEY" for user in KEYS}


def policies_of_buckets(
    landing: str = "s3://lakehouse/landing", expiring: str | None = None
) -> dict[str, list[dict[str, object]]]:
    script = runpy.run_path(str(PROJECT_ROOT / "docker/minio/init/create_buckets.py"))
    engines = script["policies"](landing, "s3://lakehouse/warehouse", "s3://mlflow/artifacts")
    everybody = {**engines, "lifecycle": versitygw_users.lifecycle_statements(["lakehouse", "mlflow"], expiring)}
    found = versitygw_users.bucket_policies(everybody, KEYS)
    return {bucket: policy["Statement"] for bucket, policy in found.items()}


def allowed(statements: list[dict[str, object]], user: str) -> set[tuple[str, str]]:
    """(action, resource) of a user."""
    return {
        (action, resource.removeprefix("arn:aws:s3:::"))
        for statement in statements
        if statement["Principal"] == {"AWS": [KEYS[user]]}
        for action in statement["Action"]  # type: ignore[attr-defined]
        for resource in statement["Resource"]  # type: ignore[attr-defined]
    }


def test_an_engine_may_what_it_may_on_minio() -> None:
    lakehouse = policies_of_buckets()["lakehouse"]

    assert all(statement["Effect"] == "Allow" for statement in lakehouse)
    landing = {(action, where) for action, where in allowed(lakehouse, "landing") if where == "lakehouse/landing/*"}
    assert {action for action, _ in landing} == {
        "s3:GetObject",
        "s3:PutObject",
        "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts",
    }
    assert not [action for action, _ in allowed(lakehouse, "reader") if "Put" in action or "Delete" in action]
    assert not allowed(lakehouse, "mlflow")
    assert ("s3:DeleteObject", "mlflow/artifacts/*") in allowed(policies_of_buckets()["mlflow"], "mlflow")


def test_the_lifecycle_reads_and_writes_nothing_and_deletes_objects_of_landing_with_a_retention_only() -> None:
    for_ever = {bucket: allowed(statements, "lifecycle") for bucket, statements in policies_of_buckets().items()}

    assert for_ever["lakehouse"] == {
        ("s3:ListBucketVersions", "lakehouse"),
        ("s3:ListBucketMultipartUploads", "lakehouse"),
        ("s3:DeleteObjectVersion", "lakehouse/*"),
        ("s3:AbortMultipartUpload", "lakehouse/*"),
    }
    with_retention = allowed(policies_of_buckets(expiring="s3://lakehouse/landing")["lakehouse"], "lifecycle")
    assert with_retention - for_ever["lakehouse"] == {("s3:DeleteObject", "lakehouse/landing/*")}


@pytest.mark.parametrize(
    ("held", "folder", "server"),
    [("minio", "minio/lakehouse/warehouse", "versitygw"), ("versitygw", "versitygw/buckets/lakehouse/warehouse", "minio")],
)
def test_a_data_folder_with_the_objects_of_another_store_is_refused_in_one_line(
    tmp_path: Path, held: str, folder: str, server: str
) -> None:
    def of(name: str) -> Settings:
        return Settings(_env_file=None, pv_data_dir=tmp_path, s3_server=name)  # type: ignore[call-arg,arg-type]

    own_stores.refuse_other(of(server))
    (tmp_path / folder).mkdir(parents=True)
    own_stores.refuse_other(of(held))
    own_stores.refuse_other(of("external"))
    with pytest.raises(StoreError, match=f"holds the objects of S3_SERVER={held}: {server} needs a PV_DATA_DIR") as refusal:
        own_stores.get_ready(of(server))
    assert "\n" not in str(refusal.value)


def test_what_a_store_keeps_beside_its_objects_is_no_object(tmp_path: Path) -> None:
    for name in ("minio/.minio.sys/buckets", "minio/lakehouse", "versitygw/buckets/lakehouse/.sgwtmp/multipart"):
        (tmp_path / name).mkdir(parents=True)

    assert not own_stores.holds_objects(tmp_path / "minio")
    assert not own_stores.holds_objects(tmp_path / "versitygw/buckets")
    assert not own_stores.holds_objects(tmp_path / "nothing")


def test_it_is_built_when_it_is_chosen_and_only_then(chosen: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[str] = []
    monkeypatch.setattr(install, "install", lambda *names: built.extend(names))

    own_stores.get_ready(chosen.model_copy(update={"s3_server": "minio"}))
    assert built == []
    own_stores.get_ready(chosen)
    assert built == ["versitygw"]


def test_a_file_system_without_attributes_is_refused_by_name(chosen: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "setxattr", refuse)

    with pytest.raises(StoreError, match=f"{chosen.pv_data_dir} is on a file system without extended attributes"):
        own_stores.get_ready(chosen)
