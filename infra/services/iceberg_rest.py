"""The catalog server: an Iceberg REST catalog on Postgres, with a token for writing, reading and maintenance each."""

from __future__ import annotations

from urllib.parse import urlsplit

from include.settings import Settings
from infra import layout
from infra.services.service import Environment, Service, base, get, port_of


def _command(settings: Settings) -> list[str]:
    class_path = f"{layout.CATALOG_SERVER / 'iceberg-rest.jar'}:{layout.CATALOG_SERVER / 'lib'}/*"
    flags = ["-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError"]
    return [str(layout.java_for_spark()), *flags, "-cp", class_path, "lakehouse.catalog.Main"]


def _env(settings: Settings) -> Environment:
    """Its database role, its S3 user, the tokens. Without one for maintenance nobody has that role."""
    address = urlsplit(settings.iceberg_rest_uri)
    return base() | {
        "CATALOG_JDBC_URL": f"jdbc:postgresql://{settings.postgres_host}:{settings.postgres_port}/catalog",
        "CATALOG_JDBC_USER": "catalog",
        "CATALOG_JDBC_PASSWORD": settings.secret("catalog_db_password"),
        "CATALOG_WRITER_TOKEN": settings.secret("catalog_writer_token"),
        "CATALOG_READER_TOKEN": settings.secret("catalog_reader_token"),
        "CATALOG_MAINTENANCE_TOKEN": settings.catalog_maintenance_token.get_secret_value(),
        "CATALOG_NAME": settings.iceberg_catalog,
        "CATALOG_WAREHOUSE": settings.iceberg_warehouse,
        "CATALOG_S3_ENDPOINT": settings.minio_endpoint,
        "CATALOG_S3_REGION": settings.s3_region,
        "CATALOG_S3_PATH_STYLE": str(settings.s3_path_style).lower(),
        "CATALOG_S3_ACCESS_KEY": settings.secret("catalog_s3_access_key"),
        "CATALOG_S3_SECRET_KEY": settings.secret("catalog_s3_secret_key"),
        "CATALOG_HOST": settings.pv_bind_address,
        "CATALOG_PORT": str(address.port),
    }


def _probe(settings: Settings) -> str | None:
    """Ask for the namespaces, which come from Postgres."""
    token = settings.secret("catalog_reader_token")
    get(f"{settings.iceberg_rest_uri}/v1/namespaces", {"Authorization": f"Bearer {token}"})
    return None


ICEBERG_REST = Service(
    "iceberg-rest",
    _command,
    _env,
    _probe,
    ports=lambda settings: {"ICEBERG_REST_URI": port_of(settings.iceberg_rest_uri)},
    needs=("postgres", "minio", "versitygw"),
)
