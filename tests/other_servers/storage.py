"""What tests/on_other_servers.sh asks of versitygw, as the administrator of a person's own store would.

`settings FOLDER`: writes `storage.env`, the stack's settings for the store, with keys made up for this run (mode 0600).
`users`: waits for the server, makes a user for each engine and a policy for each bucket. Settings are the process environment's.
"""

from __future__ import annotations

import os
import secrets
import sys
import time
from pathlib import Path

from botocore.exceptions import BotoCoreError

from include.settings import Settings, read_settings
from infra.secrets.values import new_secret
from infra.setup import object_store, preparation

ENGINES = ("landing", "spark", "trino", "catalog", "mlflow", "reader")
READY_WITHIN_SECONDS = 30


def write_settings(path: Path) -> None:
    """Settings of a store that is not ours; access keys differ from their defaults, which nothing may rely on."""
    lines = ["S3_SERVER=external", "S3_REGION=us-east-1", f"MINIO_ENDPOINT={read_settings().minio_endpoint}"]
    lines += ["MINIO_ACCESS_KEY=second-admin", f"MINIO_SECRET_KEY={secrets.token_urlsafe(32)}"]
    for engine in ENGINES:
        name = f"{engine.upper()}_S3"
        lines += [f"{name}_ACCESS_KEY=second-{engine}", f"{name}_SECRET_KEY={secrets.token_urlsafe(32)}"]
    path.touch(mode=0o600)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def wait_until_ready(settings: Settings) -> None:
    """Raises the last failure when the administrator is not answered in time."""
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while True:
        try:
            object_store.client(settings, "minio").list_buckets()
            return
        except BotoCoreError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def make_users(settings: Settings) -> None:
    """Users, buckets, policies: what the stack makes on a versitygw of its own is what a person would."""
    wait_until_ready(settings)
    nobodys = {name: new_secret(name) for name in ("lifecycle_s3_access_key", "lifecycle_s3_secret_key")}
    as_ours = settings.with_secrets(nobodys).model_copy(update={"s3_server": "versitygw"})
    print(f"second storage: {preparation.create_buckets(as_ours)}")


if __name__ == "__main__":
    os.umask(0o077)
    if sys.argv[1] == "settings":
        write_settings(Path(sys.argv[2]) / "storage.env")
    else:
        make_users(read_settings())
