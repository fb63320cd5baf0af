"""What belongs to a backup, when it is whole, and when a restore refuses; copying is tried on a MinIO of the tests' own."""

from __future__ import annotations

import io
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from minio import Minio
from minio.commonconfig import ENABLED
from minio.versioningconfig import VersioningConfig

from include.settings import Settings, read_settings
from infra.backup import backup_folder, database_dumps, restore, stored_objects
from infra.backup.backup import backup
from infra.backup.backup_folder import BackupError, Dump, Manifest, StoredObject
from infra.backup.stored_objects import Version
from infra.setup import object_store
from tests.unit.conftest import PASSWORD, USER

NOON = datetime(2025, 1, 8, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
BEFORE, AFTER, LATER = NOON - HOUR, NOON + HOUR, NOON + 2 * HOUR


def history(*moments: tuple[datetime, bool]) -> list[Version]:
    """One key's versions as a store lists them, newest first; numbered from 0 in the order they are given (oldest first)."""
    versions = [Version("lakehouse", "key", str(n), 1, when, deleted) for n, (when, deleted) in enumerate(moments)]
    return versions[::-1]


WRITTEN, DELETED = False, True


@pytest.mark.parametrize(
    ("moments", "chosen"),
    [
        pytest.param([(BEFORE, WRITTEN)], ["0"], id="current"),
        pytest.param([(BEFORE, WRITTEN), (AFTER, DELETED)], ["0"], id="deleted after the dump: it may still refer to it"),
        pytest.param([(BEFORE - HOUR, WRITTEN), (BEFORE, DELETED)], [], id="deleted before"),
        pytest.param([(AFTER, WRITTEN)], ["0"], id="written after"),
        pytest.param([(AFTER, WRITTEN), (LATER, DELETED)], ["0"], id="written and deleted after: a dump between may refer to it"),
        pytest.param([(BEFORE, WRITTEN), (AFTER, WRITTEN)], ["0"], id="replaced after: the dump knew the first"),
        pytest.param([(BEFORE - HOUR, WRITTEN), (BEFORE, DELETED), (AFTER, WRITTEN), (LATER, WRITTEN)], ["3"], id="came again"),
        pytest.param([(BEFORE, WRITTEN), (BEFORE, WRITTEN)], ["1"], id="within one tick: the listing's order counts"),
        pytest.param([(BEFORE, DELETED)], [], id="only a deletion"),
    ],
)
def test_the_version_of_the_moment_is_chosen(moments: list[tuple[datetime, bool]], chosen: list[str]) -> None:
    assert [version.version for version in stored_objects.choose(history(*moments), NOON)] == chosen


def test_keys_of_the_same_name_in_two_buckets_are_two_objects() -> None:
    found = [Version(bucket, "key", bucket, 1, BEFORE) for bucket in ("lakehouse", "mlflow")]

    assert {version.version for version in stored_objects.choose(found, NOON)} == {"lakehouse", "mlflow"}


def test_on_versitygw_a_version_is_as_old_as_its_id_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # as versitygw 1.8.0 lists an object of 06:36:04 that was deleted at 06:36:07: either has the other one's time
    written, deleted = (datetime(2026, 11, 28, 6, 36, second, tzinfo=UTC) for second in (4, 7))
    ids = {"01M8GDWE1FT93GD1J6RCWVPPRW": deleted, "01M8GDWH01XVCVAHS09R6JYBQ1": written}
    of_versions, of_marks = ({"Key": "key", "VersionId": version, "LastModified": said} for version, said in ids.items())
    pages = [{"Versions": [of_versions]}, {"Versions": [of_versions], "DeleteMarkers": [of_marks]}]
    listing: Any = SimpleNamespace(get_paginator=lambda _: SimpleNamespace(paginate=lambda **_: pages))
    monkeypatch.setattr(object_store, "client", lambda *_: listing)

    found = stored_objects.versions(settings_of(tmp_path), "lakehouse")

    assert len(found) == 2
    assert stored_objects.choose(found, deleted + timedelta(seconds=1)) == []
    assert [v.version for v in stored_objects.choose(found, deleted)] == ["01M8GDWE1FT93GD1J6RCWVPPRW"]


def settings_of(folder: Path, **changes: object) -> Settings:
    return Settings(_env_file=None, pv_backup_dir=folder, **changes)  # type: ignore[arg-type,call-arg]


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A complete backup of two objects and one dump, which nobody but this test can read."""
    folder, pool = tmp_path / "20250108T120000Z", tmp_path / "pool"
    folder.mkdir()
    objects = []
    for n, content in enumerate((b"first", b"second")):
        (aside := tmp_path / "content").write_bytes(content)
        sha256 = backup_folder.sha256_of(aside)
        target = backup_folder.pool_file(pool, f"a{n}-version", sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        aside.rename(target)
        objects.append(
            StoredObject(bucket="lakehouse", key=f"k{n}", version=f"a{n}-version", size_bytes=len(content), sha256=sha256)
        )
    (folder / "airflow.dump").write_bytes(b"no dump")
    dump = Dump(database="airflow", size_bytes=7, sha256=backup_folder.sha256_of(folder / "airflow.dump"))
    backup_folder.write_manifest(folder, Manifest(began_utc=NOON, fernet=(), dumps=(dump,), objects=tuple(objects)))
    return folder


def only_file_of(folder: Path, version: str) -> Path:
    return backup_folder.pooled(folder.parent / "pool")[version]


def test_a_whole_backup_is_read_as_it_was_written(whole: Path) -> None:
    manifest = backup_folder.verify(whole)

    assert [(item.key, item.size_bytes) for item in manifest.objects] == [("k0", 5), ("k1", 6)]


def test_a_damaged_object_is_named(whole: Path) -> None:
    only_file_of(whole, "a1-version").write_bytes(b"sEcond")

    with pytest.raises(BackupError, match="lakehouse/k1 is damaged"):
        backup_folder.verify(whole)


def test_a_missing_object_is_named(whole: Path) -> None:
    only_file_of(whole, "a0-version").unlink()

    with pytest.raises(BackupError, match="lakehouse/k0 is missing"):
        backup_folder.verify(whole)


def test_a_cut_off_dump_is_named(whole: Path) -> None:
    (whole / "airflow.dump").write_bytes(b"no")

    with pytest.raises(BackupError, match=r"airflow\.dump is damaged"):
        backup_folder.verify(whole)


@pytest.mark.parametrize("change", [lambda text: text.replace("k1", "k2"), lambda text: text[:-5]])
def test_a_changed_manifest_is_refused(whole: Path, change: object) -> None:
    path = whole / "manifest.json"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")  # type: ignore[operator]

    with pytest.raises(BackupError, match="damaged"):
        backup_folder.verify(whole)


def test_a_manifest_cannot_point_out_of_the_pool(whole: Path) -> None:
    path = whole / "manifest.json"
    text = path.read_text(encoding="utf-8").replace("a1-version", "../../etc")
    path.write_text(text, encoding="utf-8")
    (whole / "manifest.sha256").write_text(backup_folder.sha256_of(path), encoding="ascii")

    with pytest.raises(BackupError, match="version"):
        backup_folder.verify(whole)


def test_a_dump_that_pg_restore_cannot_read_is_refused(whole: Path) -> None:
    with pytest.raises(BackupError, match="pg_restore"):
        restore.check(settings_of(whole.parent), whole)


def test_a_cut_short_backup_is_never_found(whole: Path) -> None:
    cut_short = whole.rename(whole.with_name(f"{whole.name}.partial"))

    for chosen in (cut_short.name, str(cut_short), whole.name):
        with pytest.raises(BackupError, match=r"not a complete backup; complete ones in .*: none"):
            backup_folder.find(settings_of(whole.parent), chosen)


def test_a_backup_is_found_by_its_name_or_folder_and_asked_for_otherwise(whole: Path) -> None:
    settings = settings_of(whole.parent)

    assert backup_folder.find(settings, whole.name) == backup_folder.find(settings_of(Path("/nowhere")), str(whole)) == whole
    with pytest.raises(BackupError, match=r"which one.*20250108T120000Z"):
        backup_folder.find(settings, "")


def test_only_what_no_backup_refers_to_is_removed(whole: Path) -> None:
    used = set(backup_folder.pooled(whole.parent / "pool").values())
    for name in ("b0-version." + 64 * "0", "b1-version.partial"):
        (whole.parent / "pool" / "a0" / name).write_bytes(b"")

    backup_folder.remove_unused(whole.parent, print)

    assert set((whole.parent / "pool").glob("*/*")) == used


def test_nothing_is_removed_while_a_manifest_cannot_be_read(whole: Path) -> None:
    (whole / "manifest.json").write_text("{", encoding="utf-8")
    lines: list[str] = []

    backup_folder.remove_unused(whole.parent, lines.append)

    assert len(backup_folder.pooled(whole.parent / "pool")) == 2
    assert "nothing is removed" in lines[0]


def test_two_backups_at_once_are_refused(tmp_path: Path) -> None:
    with (
        backup_folder.only_one(tmp_path),
        pytest.raises(BackupError, match="another backup"),
        backup_folder.only_one(tmp_path),
    ):
        pass


def test_a_restore_wants_a_data_folder_without_data(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, pv_data_dir=tmp_path / "data")
    restore.refuse_data_folder(settings)
    (tmp_path / "data").mkdir()
    settings.secrets_dir.mkdir()
    settings.former_secrets_file.touch()
    (tmp_path / "data" / "logs").mkdir()
    restore.refuse_data_folder(settings)

    (tmp_path / "data" / "minio").mkdir()

    with pytest.raises(BackupError, match=r"holds data \(minio\)"):
        restore.refuse_data_folder(settings)


@pytest.mark.parametrize(
    ("now", "is_readable"),
    [("old", True), ("new,old", True), ("new", False), ("", False)],
    ids=["same", "rotated", "other", "none"],
)
def test_a_key_that_airflow_was_encrypted_with_is_known_by_its_fingerprint(tmp_path: Path, now: str, is_readable: bool) -> None:
    fernet = database_dumps.fingerprints(settings_of(tmp_path, airflow_fernet_key="old"))
    manifest = Manifest(began_utc=NOON, fernet=fernet, dumps=(), objects=())

    assert restore.is_readable(settings_of(tmp_path, airflow_fernet_key=now), manifest) is is_readable


@pytest.fixture
def of_store(minio_url: str) -> Settings:
    return Settings(_env_file=None, minio_endpoint=minio_url, minio_access_key=USER, minio_secret_key=PASSWORD)  # type: ignore[arg-type,call-arg]


@pytest.fixture
def store(of_store: Settings) -> Minio:
    return stored_objects.client(of_store)


@pytest.fixture
def make_bucket(store: Minio) -> Callable[[], str]:
    def make() -> str:
        store.make_bucket(name := f"backup-{uuid.uuid4().hex[:12]}")
        store.set_bucket_versioning(name, VersioningConfig(ENABLED))
        return name

    return make


def put(store: Minio, bucket: str, key: str, content: bytes) -> None:
    store.put_object(bucket, key, io.BytesIO(content), len(content))


def contents(store: Minio, bucket: str) -> dict[str, bytes]:
    names = [item.object_name for item in store.list_objects(bucket, recursive=True)]
    return {name: store.get_object(bucket, name).read() for name in names}


@pytest.mark.needs_minio
def test_objects_come_back_as_they_were_also_those_deleted_meanwhile(
    store: Minio, of_store: Settings, make_bucket: Callable[[], str], tmp_path: Path
) -> None:
    bucket, other = make_bucket(), make_bucket()
    before = {"a/one.parquet": b"1", "b/zwei ä+%.json": b"two", "empty": b"", "large": bytes(6 * 2**20)}
    for key, content in before.items():
        put(store, bucket, key, content)
    moment = datetime.now(UTC)
    time.sleep(0.002)  # the store's listing tells when in whole milliseconds: a deletion in the moment's own came before it
    store.remove_object(bucket, "a/one.parquet")

    chosen = stored_objects.choose(stored_objects.versions(of_store, bucket), moment)
    objects, copied = stored_objects.copy(store, chosen, tmp_path / "pool")
    elsewhere = [item.model_copy(update={"bucket": other}) for item in objects]
    stored_objects.put_back(store, elsewhere, tmp_path / "pool")

    assert copied == 4
    assert contents(store, other) == before
    with pytest.raises(BackupError, match="holds objects already"):
        stored_objects.refuse_data(store, [other])


@pytest.mark.needs_minio
def test_a_second_copy_brings_only_what_is_new(
    store: Minio, of_store: Settings, make_bucket: Callable[[], str], tmp_path: Path
) -> None:
    bucket = make_bucket()
    put(store, bucket, "old", b"old")
    first, _ = stored_objects.copy(store, stored_objects.choose(stored_objects.versions(of_store, bucket), NOON), tmp_path)
    put(store, bucket, "new", b"new")

    second, copied = stored_objects.copy(store, stored_objects.choose(stored_objects.versions(of_store, bucket), NOON), tmp_path)

    assert copied == 1
    assert second == [second[0], *first]


@pytest.mark.needs_minio
def test_a_copy_that_broke_off_is_not_taken_for_whole(
    store: Minio, of_store: Settings, make_bucket: Callable[[], str], tmp_path: Path
) -> None:
    bucket = make_bucket()
    put(store, bucket, "key", b"content")
    (version,) = stored_objects.versions(of_store, bucket)
    longer = Version(bucket, "key", version.version, 100, version.written)

    with pytest.raises(BackupError, match="broke off after 7 of 100 bytes"):
        stored_objects.copy(store, [longer], tmp_path)

    assert backup_folder.pooled(tmp_path) == {}


@pytest.mark.needs_minio
def test_a_bucket_without_versions_is_refused(store: Minio, of_store: Settings) -> None:
    store.make_bucket(bucket := f"backup-{uuid.uuid4().hex[:12]}")
    put(store, bucket, "key", b"content")

    with pytest.raises(BackupError, match="must be versioned"):
        stored_objects.versions(of_store, bucket)


@pytest.mark.needs_minio
def test_a_missing_bucket_is_named(store: Minio) -> None:
    with pytest.raises(BackupError, match="no bucket elsewhere"):
        stored_objects.refuse_data(store, ["elsewhere"])


def test_every_bucket_that_the_settings_name_is_backed_up() -> None:
    places = {"landing_uri": "s3://one/landing", "iceberg_warehouse": "s3://two/w", "mlflow_artifacts_uri": "s3://three/a"}

    assert stored_objects.buckets(Settings(_env_file=None).model_copy(update=places)) == ["one", "three", "two"]


@pytest.mark.parametrize("server", ["S3_SERVER", "CATALOG_SERVER"])
def test_servers_that_are_not_ours_are_neither_backed_up_nor_restored(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(server, "external")
    monkeypatch.setenv("PV_DATA_DIR", str(tmp_path))

    with pytest.raises(BackupError, match=f"{server}=external has backups of its own"):
        backup(read_settings())
    with pytest.raises(BackupError, match=f"{server}=external has backups of its own"):
        restore.restore("any")
    with pytest.raises(BackupError, match=f"{server}=external has backups of its own"):
        restore.restore_container("any", read_settings())
