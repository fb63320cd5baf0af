"""Requests that no client should send: a few hundred from one seed, each certain to be refused, as the bytes of a connection."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.catalog.client import SCHEMA, namespace_path

EACH = 8  # tries of each random corruption on each route
NOT_AN_OBJECT = (
    b"",
    b"null",
    b"[]",
    b"5",
    b"true",
    b'"text"',
    b"[" * 5_000,
    b"{" * 5_000,
    b"\xef\xbb\xbf",
    b"\x00",
    b"\xff\xfe{",
)
WRONG_KINDS: tuple[Any, ...] = (5, True, "text", [5], {"a": {"b": 5}})
INVENTED_PATHS = 60
SEGMENTS = [
    "",
    "v1",
    "v2",
    "config",
    "namespaces",
    "tables",
    "views",
    "none",
    "..",
    ".",
    "%2e%2e",
    "%",
    "%zz",
    "%00",
    "%ff",
    "%1F",
]
PATHS = (
    "/",
    "//",
    "*",
    "/v1//config",
    "/v1/../config/x",
    "/v1/config;a=b/x",
    "/v1/namespaces/a.b",
    "/v1/namespaces/a%1F%1Fb",
    "/v1/namespaces/\xe9",
    "/v1/namespaces/a b",
    "http://[/v1/config",
    "v1/config",
    "/" + "a" * 20_000,
)
PAGES = [
    "pageSize=x",
    "pageSize=-1&pageToken=",
    "pageSize=0&pageToken=",
    "pageSize=5&pageToken=-9",
    "pageSize=5&pageToken=x",
    "pageSize=%zz",
    "%zz=1",
    "pageSize=99999999999&pageToken=",
    "pageSize=%ff&pageToken=",
]
PARENTS = ["parent=none", "parent=a.b", "parent=%1F", "parent=a%1F", "parent=%00", "parent=%zz"]
METHODS = ["PUT", "PATCH", "TRACE", "CONNECT", "OPTIONS", "COPY", "get", "Post", "G" * 300, "G\xc9T", "G@T", ""]
LENGTHS = (
    "Content-Length: x",
    "Content-Length: -1",
    "Content-Length: 1e3",
    "Content-Length: 3\r\nContent-Length: 4",
    "Content-Length: 99999999999999999999",
    "Transfer-Encoding: chunked\r\nContent-Length: 3",
    "Transfer-Encoding: chunked",
)
HEADERS = ("no colon", ": no name", "a b: c", "X: a\x00b", "X\x00: a", " folded", "X: a\rb")
CONNECTIONS = (
    b"\r\n\r\n\r\n\x00",
    b"GET\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET /v1/config HTTP/1.1\r\n\r\n",
    b"GET /v1/config HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
)


@dataclass(frozen=True)
class Malformed:
    """One request; `head` says that its answer has no body."""

    name: str
    data: bytes
    head: bool = False


class Requests:
    """All of them, for a namespace and a table that exist, with a token that may write."""

    def __init__(self, seed: int, namespace: str, table: str, token: str) -> None:
        self._random = random.Random(seed)
        self._namespace = namespace_path(namespace)
        self._table = f"{self._namespace}/tables/{table}"
        self._token = token
        identifier = {"namespace": [namespace], "name": table}
        self._bodies: dict[str, dict[str, Any]] = {
            "/v1/namespaces": {"namespace": ["new"]},
            f"{self._namespace}/properties": {"updates": {"a": "b"}},
            f"{self._namespace}/tables": {"name": "new", "schema": SCHEMA},
            f"{self._namespace}/register": {"name": "new", "metadata-location": "s3://lakehouse/warehouse/none.json"},
            self._table: {"requirements": [], "updates": [{"action": "set-properties", "updates": {"a": "b"}}]},
            "/v1/tables/rename": {"source": identifier, "destination": identifier | {"name": "new"}},
            f"{self._namespace}/views": {"name": "new", "schema": SCHEMA, "view-version": {}, "properties": {}},
        }

    def all(self) -> Iterator[Malformed]:
        """Each of them once."""
        yield from self._bodies_of_every_route()
        yield from self._paths()
        yield from self._queries()
        yield from self._methods()
        yield from self._headers()

    def _request(self, name: str, line: str, body: bytes = b"", headers: tuple[str, ...] = (), length: bool = True) -> Malformed:
        lines = [line, "Host: catalog", f"Authorization: Bearer {self._token}", "Connection: close", *headers]
        if length:
            lines.append(f"Content-Length: {len(body)}")
        data = "\r\n".join([*lines, "", ""]).encode("latin-1") + body
        return Malformed(name, data, head=line.startswith("HEAD "))

    def _bodies_of_every_route(self) -> Iterator[Malformed]:
        for path, body in self._bodies.items():
            line, text = f"POST {path} HTTP/1.1", json.dumps(body).encode()
            for data in NOT_AN_OBJECT:
                yield self._request(f"not an object {data[:9]!r} to {path}", line, data)
            for _ in range(EACH):
                cut = self._random.randrange(1, len(text))
                yield self._request(f"JSON cut at {cut} to {path}", line, text[:cut])
                field, wrong = self._random.choice(list(body)), self._random.choice(WRONG_KINDS)
                if _is_container(wrong) != _is_container(body[field]):  # a number for a text is taken, as its digits
                    yield self._request(f"{field} is {wrong} in {path}", line, json.dumps(body | {field: wrong}).encode())
                at = text.index(b'"') + 1
                byte = bytes([self._random.choice([0, 1, 10, 31, 0xC0, 0xFF])])
                yield self._request(f"byte {byte!r} in a name to {path}", line, text[:at] + byte + text[at:])
            yield self._request(f"gzip to {path}", line, gzip.compress(text, mtime=0), ("Content-Encoding: gzip",))
            yield self._request(
                f"more announced than sent to {path}", line, text, (f"Content-Length: {len(text) + 9}",), length=False
            )
        for kind in (
            {"requirements": [{"type": "none"}]},
            {"updates": [{"action": "none"}]},
            {"updates": [{}]},
            {"updates": [5]},
        ):
            body = {"requirements": [], "updates": []} | kind
            yield self._request(f"commit with {kind}", f"POST {self._table} HTTP/1.1", json.dumps(body).encode())

    def _paths(self) -> Iterator[Malformed]:
        under_the_namespace = [f"{self._namespace}/tables/{name}" for name in ("%00", "%zz", "x" * 300)]
        lengths = [self._random.randrange(4, 7) for _ in range(INVENTED_PATHS)]
        invented = ["/v1/" + "/".join(self._random.choices(SEGMENTS, k=length)) for length in lengths]
        for path in [*PATHS, *under_the_namespace, *invented]:
            yield self._request(f"path {path[:40]}", f"GET {path} HTTP/1.1")

    def _queries(self) -> Iterator[Malformed]:
        for query in PAGES:
            yield self._request(f"query {query}", f"GET {self._namespace}/tables?{query} HTTP/1.1")
        for query in PARENTS:
            yield self._request(f"query {query}", f"GET /v1/namespaces?{query} HTTP/1.1")

    def _methods(self) -> Iterator[Malformed]:
        for method in METHODS:
            for path in ("/v1/namespaces", self._table):
                yield self._request(f"method {method[:9]} {path}", f"{method} {path} HTTP/1.1")
        for method in ("HEAD", "DELETE"):
            yield self._request(f"{method} of a route without one", f"{method} /v1/tables/rename HTTP/1.1")

    def _headers(self) -> Iterator[Malformed]:
        line, text = "POST /v1/namespaces HTTP/1.1", json.dumps({"namespace": ["new"]}).encode()
        for header in LENGTHS:
            yield self._request(f"length {header[:40]!r}", line, b"zz\r\n" + text, (header,), length=False)
        for size in (20_000, 200_000):
            yield self._request(f"header of {size}", line, text, ("X: " + "x" * size,))
        yield self._request("5000 headers", line, text, tuple(f"X-{n}: y" for n in range(5_000)))
        for header in HEADERS:
            yield self._request(f"header {header!r}", line, text, (header,))
        for data in (*CONNECTIONS, self._random.randbytes(300) + b"\r\n\r\n"):
            yield Malformed(f"connection {data[:20]!r}", data)


def _is_container(value: Any) -> bool:
    return isinstance(value, dict | list)
