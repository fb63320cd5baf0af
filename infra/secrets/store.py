"""Where secrets are kept, natively and for containers: a folder (mode 0700) with a file for each, named as its setting.

The folder `next` in it holds the next values of a rotation until all that uses them runs with them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from include.settings import Settings, names_of_generated
from infra import private_folders
from infra.refusal import RefusedError

OF_PEOPLE = ("open_nem_primary", "open_nem_secondary", "pv_alert_webhook_url", "https_proxy")
"""Secrets that people have from others, as containers get them."""
NEXT = "next"
PRIVATE = 0o600
MOUNTED = 0o444


class FormerSecretsError(RefusedError):
    """The file of secrets of an earlier version cannot be taken over; the message says why and holds no value."""


@dataclass(frozen=True)
class Store:
    """The files of one installation.

    is_mounted: containers have them mounted, and read them as another user. So the folder alone keeps others out.
    """

    folder: Path
    is_mounted: bool = False

    def values(self) -> dict[str, str]:
        """Value by attribute name of every secret whose file is not empty."""
        files = {name: self.folder / name for name in (*names_of_generated(), *OF_PEOPLE)}
        found = {name: file.read_text(encoding="utf-8").strip() for name, file in files.items() if file.exists()}
        return {name: value for name, value in found.items() if value}

    def write(self, values: Mapping[str, str], mode: int | None = None) -> None:
        """Write a file for each of these values, which replaces the one that is there at once."""
        self._make()
        for name, value in values.items():
            private_folders.write_file(self.folder / name, value, self._mode if mode is None else mode)

    def overwrite(self, values: Mapping[str, str]) -> None:
        """Write into the files that are there: a running container would not see one that replaces the one it has mounted."""
        self._make()
        for name, value in values.items():
            file = self.folder / name
            if file.exists():
                file.chmod(PRIVATE)
            file.write_text(value, encoding="utf-8")
            file.chmod(self._mode)

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        (self.folder / name).unlink(missing_ok=True)

    @property
    def next(self) -> Store:
        """The next values of a rotation that was begun."""
        return Store(self.folder / NEXT, self.is_mounted)

    def begin(self, values: Mapping[str, str]) -> None:
        """Write the next values: from here on the rotation goes forward."""
        with self.beginning() as draft:
            draft.write(values)

    @contextmanager
    def beginning(self) -> Iterator[Store]:
        """Where the next values are written: afterwards they are all there, or none when this raises."""
        draft = Store(self.folder / f"{NEXT}.new", self.is_mounted)
        shutil.rmtree(draft.folder, ignore_errors=True)
        draft.write({})
        try:
            yield draft
            draft.folder.chmod(0o755 if self.is_mounted else private_folders.OWNER_ONLY)  # a container mounts this folder itself
            draft.folder.replace(self.next.folder)
        finally:
            shutil.rmtree(draft.folder, ignore_errors=True)

    def settle(self) -> None:
        """Make the next values the current ones; they stay until `end`. May be repeated."""
        for file in self.next.folder.iterdir():
            private_folders.write_file(self.folder / file.name, file.read_bytes(), file.stat().st_mode & 0o777)

    def end(self) -> None:
        """End the rotation that was begun."""
        shutil.rmtree(self.next.folder)

    @property
    def _mode(self) -> int:
        return MOUNTED if self.is_mounted else PRIVATE

    def _make(self) -> None:
        self.folder.mkdir(mode=private_folders.OWNER_ONLY, parents=True, exist_ok=True)
        if self.folder.stat().st_uid == os.geteuid():
            self.folder.chmod(private_folders.OWNER_ONLY)


def take_over(store: Store, given: Settings) -> list[str]:
    """Move the secrets of earlier versions, one file for all, into the folder; returns their variables. May be repeated.

    given: settings without the folder; their environment and `.env` went before that file. Raises FormerSecretsError, and changes
    nothing, where the folder has another value already, and for a line that is no secret.
    """
    former = given.former_secrets_file
    following = former.with_name(f"{former.name}.next")
    values = _former_values(former)
    values |= {name: given.secret(name) for name in values if name in names_of_generated() and given.has(name)}
    current = store.values()
    if others := [name.upper() for name, value in values.items() if current.get(name, value) != value]:
        raise FormerSecretsError(
            f"{former} and {store.folder} hold different values of {', '.join(others)}: move away the one that is not in use"
        )
    store.write({name: value for name, value in values.items() if name not in current})
    next_values = _former_values(following)
    if next_values and not store.next.folder.exists():  # else a move that was cut short has begun it
        store.begin(next_values)
    for file in (following, former):
        file.unlink(missing_ok=True)
    return [name.upper() for name in values]


def _former_values(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    values = {name.lower(): value for name, value in dotenv_values(file, interpolate=False).items() if value}
    if unknown := [name.upper() for name in values if name not in (*names_of_generated(), *OF_PEOPLE)]:
        raise FormerSecretsError(f"{file} holds what is no secret ({', '.join(unknown)}): move these lines to .env")
    return values
