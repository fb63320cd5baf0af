"""A TCP proxy before Postgres that cuts the connection at a statement of the catalog, at one of three places.

It reads the frontend's messages (a type byte, a length, a body; before the first one a startup message without a type) up to the
Sync that ends a batch. A statement is run by a batch that binds it: by the name under which it was parsed earlier as well,
because the driver prepares on the server what it runs often.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from enum import Enum

COMMIT = b"UPDATE iceberg_tables SET metadata_location"
ENCRYPTION_REQUESTS = (80877103, 80877104)  # SSL, GSSAPI: answered "no" here
FLUSH = b"H" + struct.pack("!i", 4)
REPLY_LIMIT_SECONDS = 10


class Cut(Enum):
    """Where the connection breaks, as seen from the statement. It is committed by the Sync of its batch, or, if that batch
    began a transaction, by a COMMIT later on."""

    BEFORE = "before Postgres gets it"
    UNCOMMITTED = "run, but not committed"
    COMMITTED = "committed, but the reply is lost"


class PostgresProxy:
    """Listens on `port`; `arm` breaks one statement, once. `commands` are the tags of what was run without an answer."""

    def __init__(self, postgres_port: int) -> None:
        self.postgres_port = postgres_port
        self.armed: Cut | None = None
        self.statement = COMMIT
        self.cuts: list[Cut] = []
        self.commands: list[bytes] = []
        self.named_statements = 0
        self.hold = False  # do not break the connection, only keep the reply
        self._made = threading.Event()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, cut: Cut, statement: bytes = COMMIT) -> None:
        """Break there the next statement that begins so: the commit to an existing table, unless another is given."""
        self.cuts.clear()
        self._made.clear()
        self.commands.clear()
        self.statement = statement
        self.armed = cut

    def cut_was_made(self, within_seconds: float) -> bool:
        """Wait until the statement that was armed has got as far as it should."""
        return self._made.wait(within_seconds)

    def note(self, cut: Cut) -> None:
        """Write down a cut."""
        self.cuts.append(cut)
        self._made.set()

    def disarm(self) -> Cut | None:
        """The cut that is wanted now, if any; it is wanted once."""
        with self._lock:
            cut, self.armed = self.armed, None
            return cut

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                Session(self, client)


class Session:
    """One connection of the server, and its own to Postgres."""

    def __init__(self, proxy: PostgresProxy, client: socket.socket) -> None:
        self.proxy = proxy
        self.client = client
        self.postgres = socket.create_connection(("127.0.0.1", proxy.postgres_port))
        for end in (self.client, self.postgres):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # replies are passed on one by one
        self.statements: dict[bytes, bytes] = {}
        self.in_transaction = False
        self.commit_is_cut = False  # the statement ran in the transaction that is open
        self.awaited: bytes | None = None  # a reply that is awaited here; meanwhile the client gets none
        self.arrived = threading.Event()
        for direction in (self._forward_requests, self._forward_replies):
            threading.Thread(target=self._until_closed, args=(direction,), daemon=True).start()

    def _until_closed(self, direction: Callable[[], None]) -> None:
        with suppress(OSError, ConnectionError):
            direction()
        self._close()

    def _close(self) -> None:
        for end in (self.client, self.postgres):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _forward_requests(self) -> None:
        self.postgres.sendall(self._startup())
        batch: list[tuple[bytes, bytes]] = []
        bound: list[tuple[bytes, bytes]] = []
        while True:
            kind, message = _message(self.client)
            batch.append((kind, message))
            if kind == b"P":
                name, query = message[5:].split(b"\0")[:2]
                self.statements[name] = query
            if kind == b"B":
                name = message[5:].split(b"\0")[1]
                bound.append((name, self.statements.get(name, b"")))
            if kind == b"Q":  # the driver says BEGIN so
                bound.append((b"", message[5:].rstrip(b"\0")))
            if kind in b"PBDEC":  # Parse, Bind, Describe, Execute, Close: more of the batch follows
                continue
            cut = self._wanted_cut(bound)
            if cut:
                self._break(cut, batch)
                if self.proxy.hold:
                    _message(self.client)  # nothing more comes, until the other side is gone
                return
            self.postgres.sendall(b"".join(message for _, message in batch))
            batch.clear()
            bound.clear()

    def _wanted_cut(self, bound: list[tuple[bytes, bytes]]) -> Cut | None:
        queries = [query for _, query in bound]
        self.in_transaction = (self.in_transaction or b"BEGIN" in queries) and b"ROLLBACK" not in queries
        if b"COMMIT" in queries:
            self.in_transaction = False
            return Cut.COMMITTED if self.commit_is_cut else None
        named = [bool(name) for name, query in bound if query.startswith(self.proxy.statement)]
        if not named:
            return None
        self.proxy.named_statements += any(named)
        cut = self.proxy.disarm()
        if cut is Cut.COMMITTED and self.in_transaction:
            self.commit_is_cut = True
            return None
        return cut

    def _startup(self) -> bytes:
        while True:
            head = _exactly(self.client, 8)
            length, code = struct.unpack("!ii", head)
            if code not in ENCRYPTION_REQUESTS:
                return head + _exactly(self.client, length - 8)
            self.client.sendall(b"N")

    def _break(self, cut: Cut, batch: list[tuple[bytes, bytes]]) -> None:
        if cut is not Cut.BEFORE:
            *statement, (_, sync) = batch
            committed = cut is Cut.COMMITTED
            self.awaited = b"Z" if committed else b"C"  # ReadyForQuery, CommandComplete
            self.postgres.sendall(b"".join(message for _, message in statement) + (sync if committed else FLUSH))
            if not self.arrived.wait(REPLY_LIMIT_SECONDS):
                return  # `cuts` stays empty, which the test sees
        self.proxy.note(cut)

    def _forward_replies(self) -> None:
        while True:
            kind, message = _message(self.postgres)
            if self.awaited is None:
                self.client.sendall(message)
                continue
            if kind == b"C":
                self.proxy.commands.append(message[5:].rstrip(b"\0"))
            if kind == self.awaited:
                self.arrived.set()


def _message(connection: socket.socket) -> tuple[bytes, bytes]:
    head = _exactly(connection, 5)
    return head[:1], head + _exactly(connection, struct.unpack("!i", head[1:])[0] - 4)


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise ConnectionError("closed")
        data += more
    return data
