"""`make restore BACKUP=…`: fill an empty stack from a backup, after all of it was read (docs/decisions/013)."""

from __future__ import annotations

import shutil
from pathlib import Path

from include.settings import FORMER_SECRETS_FILE_NAME, SECRETS_FOLDER_NAME, Settings, load_settings, read_settings
from infra.backup import backup_folder, database_dumps, stored_objects
from infra.backup.backup import told_in_a_line
from infra.backup.backup_folder import BackupError, Manifest
from infra.progress import say
from infra.services import databases
from infra.services.service import run_dir


def restore(chosen: str) -> None:
    """Restore into the empty data folder of the native stack, which is stopped before and after. Raises BackupError."""
    from infra.stack import lifecycle  # containers have no supervisor

    settings = read_settings()
    backup_folder.refuse_others(settings)
    folder = backup_folder.find(settings, chosen)
    refuse_data_folder(settings)
    manifest = check(settings, folder)
    # What it remembers to have done was done to other data.
    shutil.rmtree(run_dir(settings) / "done", ignore_errors=True)
    try:
        lifecycle.up_stores()
        fill(load_settings(), folder, manifest)
    finally:
        lifecycle.down()
    say(f"restore: {settings.pv_data_dir} is as it was at {manifest.began_utc:%Y-%m-%d %H:%M:%S} UTC; start it with `make up`")


def restore_container(chosen: str, settings: Settings) -> None:
    """Restore into the empty volumes of the compose stack, whose Postgres and MinIO run. Raises BackupError."""
    backup_folder.refuse_others(settings)
    folder = backup_folder.find(settings, chosen)
    fill(settings, folder, check(settings, folder))


def refuse_data_folder(settings: Settings) -> None:
    """Raises BackupError when the native stack runs, or its data folder holds more than secrets and logs."""
    from infra.stack import supervision

    if supervision.rpc(settings) is not None:
        raise BackupError("the stack is running: `make down` first")
    folder = settings.pv_data_dir
    no_data = {SECRETS_FOLDER_NAME, FORMER_SECRETS_FILE_NAME, "logs", "run"}
    if folder.exists() and (found := {path.name for path in folder.iterdir()} - no_data):
        holds = ", ".join(sorted(found))
        raise BackupError(
            f"{folder} holds data ({holds}): move the folder away, put its folder {SECRETS_FOLDER_NAME} into a new one"
        )


def check(settings: Settings, folder: Path) -> Manifest:
    """Read all of a backup; returns its manifest. Raises BackupError for anything that is missing, damaged or unreadable."""
    with told_in_a_line():
        manifest = backup_folder.verify(folder)
        for dump in manifest.dumps:
            database_dumps.check_readable(folder / dump.file_name)
    say(f"restore: {folder.name} is whole: {len(manifest.dumps)} dumps, {len(manifest.objects)} objects")
    if not is_readable(settings, manifest):
        say("restore: AIRFLOW_FERNET_KEY is not the backup's: what Airflow encrypted with it will have to be entered again")
    return manifest


def is_readable(settings: Settings, manifest: Manifest) -> bool:
    """Whether the settings have every Fernet key that Airflow's database may be encrypted with."""
    return set(manifest.fernet) <= set(database_dumps.fingerprints(settings))


def fill(settings: Settings, folder: Path, manifest: Manifest) -> None:
    """Put objects and databases into running, empty stores. Raises BackupError; when they hold anything, before any change."""
    store = stored_objects.client(settings)
    with told_in_a_line():
        database_dumps.refuse_data(settings)
        stored_objects.refuse_data(store, {item.bucket for item in manifest.objects} | set(stored_objects.buckets(settings)))
        with databases.marked_as_unfinished(settings):
            stored_objects.put_back(store, manifest.objects, backup_folder.pool_of(folder))
            for dump in manifest.dumps:
                database_dumps.put_back(settings, dump.database, folder / dump.file_name)
            if not is_readable(settings, manifest):
                lost = database_dumps.without_fernet_key(settings)
                say(f"restore: enter again in Airflow: {', '.join(lost) or 'nothing'}")
