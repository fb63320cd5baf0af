"""An Iceberg REST catalog that the stack does not run (CATALOG_SERVER=external): whether it takes our warehouse and tokens.

Our own is not here: it is a service like the others (services, probes). Facts: the protocol's specification,
`/v1/config` (whose `prefix` goes into all other paths) and `/v1/{prefix}/namespaces`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import requests

from include.settings import Settings
from infra.refusal import RefusedError

TIMEOUT_SECONDS = 20
FIXES = {
    400: "check ICEBERG_REST_WAREHOUSE",
    401: "check it",
    403: "give it the rights that docs/storage.md lists",
    404: "check ICEBERG_REST_URI (what comes before /v1) and ICEBERG_REST_WAREHOUSE",
}


class CatalogError(RefusedError):
    """The catalog does not answer or refuses; a line for each finding, which names the variable to look at."""


def _get(settings: Settings, token: str, path: str, **query: str) -> Any:
    """Raises requests' exceptions, which ValueError is one of when the answer is no JSON."""
    headers = {"Authorization": f"Bearer {settings.secret(token)}"}
    answer = requests.get(
        f"{settings.iceberg_rest_uri}/v1/{path}", params=query, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False
    )
    answer.raise_for_status()
    return answer.json()


def namespaces(settings: Settings, token: str) -> list[list[str]]:
    """Names of the namespaces that a token (`catalog_writer_token`) sees. Raises requests' exceptions and ValueError."""
    config = _get(settings, token, "config", warehouse=settings.catalog_warehouse)
    if not isinstance(config, dict) or not {"defaults", "overrides"} & set(config):
        raise ValueError("/v1/config holds neither defaults nor overrides")
    prefix = str({**config.get("defaults", {}), **config.get("overrides", {})}.get("prefix", ""))
    return list(_get(settings, token, f"{quote(prefix, safe='%/')}/namespaces" if prefix else "namespaces")["namespaces"])


def refusals(settings: Settings) -> list[str]:
    """A line for each token that is refused; one line in all when the catalog does not answer as one."""
    lines, uri = [], settings.iceberg_rest_uri
    for token in ("catalog_writer_token", "catalog_reader_token"):
        try:
            namespaces(settings, token)
        except requests.HTTPError as error:
            fix = FIXES.get(error.response.status_code, "see what the catalog says of it")
            what = f"{token.upper()} for {settings.catalog_warehouse}"
            lines.append(f"{uri} refuses {what}: {error.response.status_code} {error.response.reason}; {fix}")
        except requests.ConnectionError as error:
            return [f"{uri} does not answer (CATALOG_SERVER=external, ICEBERG_REST_URI): {error}"]
        except requests.Timeout:
            return [f"{uri} does not answer within {TIMEOUT_SECONDS} s (CATALOG_SERVER=external, ICEBERG_REST_URI)"]
        except (KeyError, TypeError, ValueError) as error:
            return [f"{uri} is no Iceberg REST catalog (ICEBERG_REST_URI, what comes before /v1): {error}"]
    return lines


def ask(settings: Settings) -> str:
    """Ask with both tokens; returns what was found. Raises CatalogError when one is refused."""
    if lines := refusals(settings):
        raise CatalogError("\n".join(lines))
    return f"{settings.iceberg_rest_uri} knows {settings.catalog_warehouse} and takes both tokens"
