"""The prefix that a catalog answers goes before what is asked next; real catalogs are tried in tests/catalog and on Nessie."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from pydantic import SecretStr

from include.settings import Settings
from infra.setup import external_catalog


class Catalog(BaseHTTPRequestHandler):
    """Answers a prefix and notes the paths that it is asked for."""

    prefix = ""
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        config = self.path.startswith("/v1/config")
        body = json.dumps({"defaults": {}, "overrides": {"prefix": self.prefix}} if config else {"namespaces": [["gold"]]})
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Not into the tests' output."""


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), Catalog) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.parametrize(
    ("prefix", "path"),
    [
        ("", "/v1/namespaces"),
        ("catalogs/unity", "/v1/catalogs/unity/namespaces"),
        ("main%7Cpv", "/v1/main%7Cpv/namespaces"),
    ],
)
def test_the_prefix_goes_before_what_is_asked(server: HTTPServer, prefix: str, path: str) -> None:
    Catalog.prefix, Catalog.asked = prefix, []
    settings = Settings(_env_file=None, iceberg_rest_uri=f"http://127.0.0.1:{server.server_port}", catalog_server="external")
    asking = settings.model_copy(update={"catalog_writer_token": SecretStr("token"), "iceberg_rest_warehouse": "farms"})

    assert external_catalog.namespaces(asking, "catalog_writer_token") == [["gold"]]
    assert Catalog.asked == ["/v1/config?warehouse=farms", path]
