"""Trino: a coordinator that works too, its users and catalogs; in containers more nodes that work."""

from __future__ import annotations

import hashlib
import secrets
import socket
import ssl
from functools import partial

from include import lakehouse
from include.paths import PROJECT_ROOT
from include.settings import Settings
from infra import layout
from infra.services.service import (
    PROBE_TIMEOUT_SECONDS,
    Environment,
    Ports,
    Service,
    base,
    folder,
    run_dir,
    write_file,
)

ETC = PROJECT_ROOT / "infra" / "trino" / "etc"
PBKDF2_ROUNDS = 1000  # the fewest that Trino takes


def _command(settings: Settings) -> list[str]:
    """Return the same for a node that coordinates and one that works: its files say which it is."""
    flags = [line for line in (ETC / "jvm.config").read_text(encoding="utf-8").splitlines() if line]
    files = [f"-Dconfig={run_dir(settings) / 'trino.properties'}", f"-Dlog.levels-file={ETC / 'log.properties'}"]
    main = ["-cp", f"{layout.TRINO_HOME / 'lib'}/*", "io.trino.server.TrinoServer"]
    return [str(layout.java_for_trino()), f"-Xmx{settings.trino_heap_mb}m", *flags, *files, *main]


def _env(settings: Settings) -> Environment:
    """S3 users and tokens, its own for writing and the reader's; its files under infra/trino read these names."""
    ports = {scheme: str(port) for scheme, (_, port) in settings.trino_ports.items()}
    return base() | {
        "TRINO_HTTPS_PORT": ports["https"],
        "TRINO_HTTP_PORT": ports["http"],
        "TRINO_BIND": settings.pv_bind_address,
        "TRINO_NODE": settings.pv_host_name,
        "TRINO_COORDINATOR": settings.trino_host,
        "TRINO_INTERNAL_SECRET": settings.secret("trino_internal_secret"),
        "TRINO_CERTIFICATE_FILE": str(settings.trino_certificate),
        "TRINO_ETC": str(ETC),
        "TRINO_PASSWORD_FILE": str(run_dir(settings) / "trino-passwords"),
        "TRINO_CATALOG_DIR": str(run_dir(settings) / "trino-catalog"),
        "TRINO_PLUGIN_DIR": str(layout.TRINO_HOME / "plugin"),
        "ICEBERG_REST_URI": settings.iceberg_rest_uri,
        "ICEBERG_REST_WAREHOUSE": settings.catalog_warehouse,
        "CATALOG_WRITER_TOKEN": settings.secret("catalog_writer_token"),
        "MINIO_ENDPOINT": settings.minio_endpoint,
        "S3_REGION": settings.s3_region,
        "S3_PATH_STYLE": str(settings.s3_path_style).lower(),
        "CATALOG_READER_TOKEN": settings.secret("catalog_reader_token"),
        "READER_S3_ACCESS_KEY": settings.secret("reader_s3_access_key"),
        "READER_S3_SECRET_KEY": settings.secret("reader_s3_secret_key"),
        "TRINO_S3_ACCESS_KEY": settings.secret("trino_s3_access_key"),
        "TRINO_S3_SECRET_KEY": settings.secret("trino_s3_secret_key"),
    }


def write_files(settings: Settings, role: str = "coordinator") -> None:
    """Write the configuration of a node that coordinates or works, its users where it takes statements, and its catalogs."""
    if role == "coordinator":
        lines = [f"{user}:{hashed(lakehouse.password(settings, user))}" for user in lakehouse.USERS]
        write_file(settings, "trino-passwords", "\n".join(lines) + "\n")
    write_file(settings, "trino.properties", properties(settings, role))
    # Trino names a catalog by its file.
    catalogs = run_dir(settings) / "trino-catalog"
    catalogs.mkdir(exist_ok=True)
    for old in catalogs.iterdir():
        old.unlink()
    for name, keys in ((settings.iceberg_catalog, "writer"), (lakehouse.READ_ONLY_CATALOG, "reader")):
        texts = [(ETC / "catalog" / f"{part}.properties").read_text(encoding="utf-8") for part in ("iceberg", keys)]
        (catalogs / f"{name}.properties").write_text("".join(texts), encoding="utf-8")


def properties(settings: Settings, role: str = "coordinator") -> str:
    """Text of the file that Trino is started with; what differs between installations comes from its environment."""
    parts = ["config", role]
    if role == "coordinator":
        parts += ["passwords", "http-for-nodes" if settings.trino_scheme == "https" else "http-for-readers"]
    return "".join((ETC / f"{part}.properties").read_text(encoding="utf-8") for part in parts)


def hashed(password: str) -> str:
    """A password as Trino's password file holds it (PBKDF2 with SHA-1). Few rounds: what is hashed has 256 random bits."""
    salt = secrets.token_bytes(16)
    digest = hashlib.pbkdf2_hmac("sha1", password.encode(), salt, PBKDF2_ROUNDS, 32)
    return f"{PBKDF2_ROUNDS}:{salt.hex()}:{digest.hex()}"


def _probe(settings: Settings) -> str | None:
    options = {"request_timeout": PROBE_TIMEOUT_SECONDS, "max_attempts": 1}
    cursor = lakehouse.connect(settings, "pv-lakehouse-probe", lakehouse.PROBE, **options).cursor()
    _greet(settings)
    # The second needs a node that takes work, which comes some seconds after the first is answered.
    for question in (f"SHOW SCHEMAS FROM {lakehouse.READ_ONLY_CATALOG}", "SELECT count(*) FROM TABLE(sequence(1, 2))"):
        cursor.execute(question)
        cursor.fetchall()
    return None


def _greet(settings: Settings) -> None:
    """Raises what a client meets whom Trino's certificate does not convince: it has expired, or is not read yet."""
    if settings.trino_scheme == "https":
        return  # the questions go that way
    port = settings.trino_ports["https"][1]
    context = ssl.create_default_context(cafile=settings.trino_authority)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # as requests and Java do not ask for it either
    with (
        socket.create_connection((settings.trino_host, port), PROBE_TIMEOUT_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=settings.trino_host),
    ):
        pass


def _ports(settings: Settings) -> Ports:
    return dict(settings.trino_ports.values())


_USES = ("iceberg-rest", "minio", "versitygw")

TRINO = Service("trino", _command, _env, _probe, _ports, uses=_USES, prepare=folder("trino"), files=write_files, stop_seconds=30)

TRINO_WORKER = Service(
    "trino-worker",
    _command,
    _env,
    lambda settings: None,  # its container asks it
    uses=("trino", *_USES),
    prepare=folder("trino"),
    files=partial(write_files, role="worker"),
    stop_seconds=30,
)
"""Only in containers, on machines with more cores than one Trino uses."""
