"""A backup as it lies on disk, and whether all of it is there.

PV_BACKUP_DIR/<UTC instant>/      manifest.json, its sha256, a dump of each database; `.partial` until it is complete
PV_BACKUP_DIR/pool/<xx>/          objects, shared by all backups: <version>.<sha256>, so that what is there needs no list
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from include.settings import Settings
from infra.refusal import RefusedError
from infra.stack.alone import held

MANIFEST, MANIFEST_SUM = "manifest.json", "manifest.sha256"
PARTIAL = ".partial"
SHOWN_PROBLEMS = 5

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
VersionId = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]+$")]


class BackupError(RefusedError):
    """A backup cannot be made or used; the message says why and what to do."""


def refuse_others(settings: Settings) -> None:
    """Raises BackupError when objects or catalog are not the stack's own: half of a lakehouse is no backup."""
    for name in ("s3_server", "catalog_server"):
        if getattr(settings, name) == "external":
            raise BackupError(
                f"{name.upper()}=external has backups of its own to be asked for; ours are of the stack's own servers"
            )


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Dump(_Frozen):
    """A database's dump (pg_dump, custom format)."""

    database: Annotated[str, Field(pattern=r"^[a-z]+$")]
    size_bytes: int
    sha256: Sha256

    @property
    def file_name(self) -> str:
        """Its name in the backup's folder."""
        return f"{self.database}.dump"


class StoredObject(_Frozen):
    """One object of the store, as it was in this version."""

    bucket: str
    key: str
    version: VersionId
    size_bytes: int
    sha256: Sha256


class Manifest(_Frozen):
    """Everything that belongs to a backup. `fernet` are fingerprints of the keys that Airflow's database was encrypted with."""

    format: Literal[1] = 1
    began_utc: AwareDatetime
    fernet: tuple[Sha256, ...]
    dumps: tuple[Dump, ...]
    objects: tuple[StoredObject, ...]


def pool_of(folder: Path) -> Path:
    """Where a backup's objects are: beside it."""
    return folder.parent / "pool"


def pool_file(pool: Path, version: str, sha256: str) -> Path:
    """An object's place in the pool."""
    return pool / version[:2] / f"{version}.{sha256}"


def pooled(pool: Path) -> dict[str, Path]:
    """What the pool holds, by version."""
    return {path.name.partition(".")[0]: path for path in pool.glob("*/*.*") if not path.name.endswith(PARTIAL)}


def complete(backup_dir: Path) -> list[Path]:
    """Complete backups, oldest first."""
    return sorted(path.parent for path in backup_dir.glob(f"*/{MANIFEST}") if not path.parent.name.endswith(PARTIAL))


def find(settings: Settings, chosen: str) -> Path:
    """Folder of the backup of that name in PV_BACKUP_DIR, or at that path. Raises BackupError naming those that there are."""
    folder = (settings.pv_backup_dir / chosen).absolute()  # an absolute path stays what it is
    if not chosen or folder.name.endswith(PARTIAL) or not (folder / MANIFEST).exists():
        names = ", ".join(path.name for path in complete(settings.pv_backup_dir)) or "none"
        wrong = f"{chosen} is not a complete backup" if chosen else "which one? BACKUP=NAME or a folder"
        raise BackupError(f"{wrong}; complete ones in {settings.pv_backup_dir}: {names}")
    return folder


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest and its sum."""
    text = manifest.model_dump_json(indent=1).encode()
    (folder / MANIFEST).write_bytes(text)
    (folder / MANIFEST_SUM).write_text(hashlib.sha256(text).hexdigest(), encoding="ascii")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup. Raises BackupError when it is not what was written."""
    try:
        text = (folder / MANIFEST).read_bytes()
        if hashlib.sha256(text).hexdigest() != (folder / MANIFEST_SUM).read_text(encoding="ascii"):
            raise BackupError(f"{folder / MANIFEST} is damaged: it does not have the sum in {MANIFEST_SUM}")
        return Manifest.model_validate_json(text)
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise BackupError(f"{folder / MANIFEST} cannot be read: {error}") from error


def sha256_of(path: Path) -> str:
    """Sum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify(folder: Path) -> Manifest:
    """Read all of a backup and compare it with its manifest. Raises BackupError naming what is missing or damaged."""
    manifest, pool = read_manifest(folder), pool_of(folder)
    expected = [(dump.file_name, folder / dump.file_name, dump.size_bytes, dump.sha256) for dump in manifest.dumps]
    expected += [
        (f"{item.bucket}/{item.key}", pool_file(pool, item.version, item.sha256), item.size_bytes, item.sha256)
        for item in manifest.objects
    ]
    with ThreadPoolExecutor(4) as threads:
        problems = [problem for problem in threads.map(lambda file: _problem(*file), expected) if problem]
    if problems:
        more = f"\nand {len(problems) - SHOWN_PROBLEMS} more" if len(problems) > SHOWN_PROBLEMS else ""
        raise BackupError(f"{folder} is not whole, nothing was changed:\n" + "\n".join(problems[:SHOWN_PROBLEMS]) + more)
    return manifest


def _problem(what: str, path: Path, size_bytes: int, sha256: str) -> str | None:
    if not path.exists():
        return f"{what} is missing: {path}"
    if path.stat().st_size != size_bytes or sha256_of(path) != sha256:
        return f"{what} is damaged: {path}"
    return None


def remove_unused(backup_dir: Path, say: Callable[[str], None]) -> None:
    """Remove what no complete backup refers to: of deleted backups, of cut-short ones.

    Removes nothing while one manifest cannot be read: its objects would seem to be of no use.
    """
    try:
        used = {
            pool_file(backup_dir / "pool", o.version, o.sha256) for f in complete(backup_dir) for o in read_manifest(f).objects
        }
    except BackupError as error:
        say(f"backup: nothing is removed from the pool: {error}")
        return
    unused = [path for path in (backup_dir / "pool").glob("*/*") if path not in used]
    for path in unused:
        path.unlink()
    if unused:
        say(f"backup: removed {len(unused)} objects that no backup refers to any more")


@contextmanager
def only_one(backup_dir: Path) -> Iterator[None]:
    """Keep a second backup out. Raises BackupError when one is running."""
    backup_dir.mkdir(parents=True, exist_ok=True)
    with held(backup_dir / "lock", "backup", lambda _: BackupError(f"another backup into {backup_dir} is running")):
        yield
