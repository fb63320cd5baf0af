"""Trino's command line, connected to the lakehouse as TRINO_USER."""

from __future__ import annotations

import os
from typing import NoReturn

from include import lakehouse
from include.settings import Settings
from infra import layout


def become(settings: Settings, *options: str) -> NoReturn:
    """Replace this process by Trino's command line; `options` are its own, as `--execute`."""
    catalog = lakehouse.catalog_of(settings, settings.trino_user)
    scheme, host, port = lakehouse.address_of(settings, settings.trino_user)
    server = f"{scheme}://{host}:{port}"
    cli = ["--enable-native-access=ALL-UNNAMED", "-jar", str(layout.TRINO_CLI), "--server", server, "--user", settings.trino_user]
    if scheme == "https":
        os.environ["TRINO_PASSWORD"] = lakehouse.password(settings, settings.trino_user)
        cli += ["--password", *(["--truststore-path", str(settings.trino_authority)] if settings.trino_authority else [])]
    os.execv(java := str(layout.java_for_trino()), [java, *cli, "--catalog", catalog, *options])  # noqa: S606
