"""What the machine of the containers gives the step that writes their secrets, on its standard input."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from dotenv.parser import parse_stream

from include.settings import Settings, SettingsError, names_of_generated, settings_of
from infra.refusal import RefusedError
from infra.secrets.store import OF_PEOPLE

ASKED = {"s3_server", "minio_endpoint", "catalog_server", "iceberg_rest_uri", "iceberg_rest_warehouse"}
"""Settings that say which secrets there are, beside the secrets."""
NOT_A_SETTING = "https_proxy"


class GivenError(RefusedError):
    """What was given cannot be; the message names the variable and holds no value of a secret."""


@dataclass(frozen=True)
class Machine:
    """Variables in lower case: what is set in the environment wins over `.env`, also when it is empty.

    `env_file`: names set in `.env`, in its order.
    """

    variables: dict[str, str]
    env_file: tuple[str, ...]

    @property
    def settings(self) -> Settings:
        """The given secrets, and which servers run. Raises SettingsError."""
        wanted = ASKED | set(names_of_generated()) | (set(OF_PEOPLE) - {NOT_A_SETTING})
        return settings_of({name: value for name, value in self.variables.items() if name in wanted and value})

    def people(self) -> dict[str, str]:
        """Secrets that people have from others; empty where there is none. Not the proxy, when nobody says a word about it."""
        return {name: self.variables.get(name, "") for name in OF_PEOPLE if name != NOT_A_SETTING or name in self.variables}

    def refuse_unreachable(self) -> None:
        """Raise GivenError for an address that means in each container that container itself."""
        for address in self._outside():
            host = urlsplit(address).hostname or ""
            if host in {"localhost", "::1"} or host.startswith("127."):
                raise GivenError(
                    f"{address} is in each container that container itself: set an address by which containers reach it"
                )

    def ignored(self, taken: set[str]) -> list[str]:
        """Names in `.env` that containers do not take."""
        known = {name.lower() for name in taken} | set(names_of_generated()) | set(OF_PEOPLE) | {"s3_server", "catalog_server"}
        return sorted({name.upper() for name in self.env_file if name.lower() not in known})

    def _outside(self) -> Iterator[str]:
        for server, address in (("s3_server", "minio_endpoint"), ("catalog_server", "iceberg_rest_uri")):
            if self.variables.get(server) == "external":
                yield self.variables.get(address, "")
        yield self.variables.get(NOT_A_SETTING, "")


def read(given: bytes) -> Machine:
    """The machine's, from NUL-separated NAME=value: its environment, and `.env` as PV_ENV_FILE. Raises SettingsError."""
    records = dict(record.split("=", 1) for record in given.decode(errors="replace").split("\0") if "=" in record)
    bindings = list(parse_stream(io.StringIO(records.pop("PV_ENV_FILE", ""))))
    if broken := [binding.original.line for binding in bindings if binding.error]:
        raise SettingsError(f".env, line {broken[0]}: expected NAME=value")
    in_file = {binding.key: binding.value for binding in bindings if binding.key and binding.value}
    variables = {name.lower(): value for name, value in in_file.items()}
    variables |= {name.lower(): value for name, value in records.items() if name.isupper()}
    return Machine(variables, tuple(in_file))
