"""Every setting of the platform, once: name, type, default and meaning.

Read order, first wins: the folder of secrets, process environment, `.env`, the default here. A secret of the stack's own
stands in the folder from the first start on, also when it was given: that value is in use, and only a rotation changes it.
`.env.example` is printed from this file (`python -m include.settings`). What belongs here is what a person may set;
constants of a rule live beside the rule.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from dotenv.parser import parse_stream
from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from include.paths import PROJECT_ROOT
from include.secret_rules import PLACEHOLDER

SECRETS_FOLDER_NAME = "secrets"
FORMER_SECRETS_FILE_NAME = "secrets.env"
"""Where earlier versions kept all secrets; `infra/secrets/store.py` takes them over at the first `up`."""
REMOVED = {"AIRFLOW_AUTH": "is no setting any more, Airflow always has the users admin and viewer: remove the line"}
"""Settings of earlier versions, with what to do about a line that has one."""


class SettingsError(ValueError):
    """A setting is unknown, malformed or missing; the message names the variable and the fix."""


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("expected http://HOST[:PORT][/PATH]")
    _ = parts.port  # raises ValueError when it is not a number of a port
    return value.rstrip("/")


def _s3_uri(value: str) -> str:
    if not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/\S*)?", value):
        raise ValueError("expected s3://BUCKET[/PREFIX]")
    return value.rstrip("/")


def _spark_url(value: str) -> str:
    if not re.fullmatch(r"spark://[^\s:/]+:\d{1,5}", value):
        raise ValueError("expected spark://HOST:PORT")
    return value


HttpUrl = Annotated[str, AfterValidator(_http_url)]
S3Uri = Annotated[str, AfterValidator(_s3_uri)]
SparkUrl = Annotated[str, AfterValidator(_spark_url)]
Port = Annotated[int, Field(ge=1, le=65535)]


def _generated(description: str, kind: str = "token") -> Any:
    return Field(default=SecretStr(""), description=description, json_schema_extra={"generated": kind})


def _s3_secret(description: str) -> Any:
    """Made up for the stack's own store; a store that is not ours has users of its own, whose secrets are given."""
    return _generated(description, kind="s3")


def _s3_key_id(description: str, kind: str = "s3-key-id") -> Any:
    """Made up like a secret: a name that nobody knows opens nothing. But it may be shown; S3 clients send it in the clear."""
    return Field(default="", description=description, json_schema_extra={"generated": kind})


def _catalog_token(description: str) -> Any:
    """Made up for the stack's own catalog; another one says itself which tokens it takes."""
    return _generated(description, kind="catalog")


class Settings(BaseSettings):
    """All settings. Attribute = lower case of the variable; ports are TCP ports on 127.0.0.1 unless a host is given."""

    model_config = SettingsConfigDict(extra="forbid", env_ignore_empty=True, frozen=True, hide_input_in_errors=True)

    # --- Where things are kept
    pv_data_dir: Path = Field(Path(".lakehouse/data/live"), description="Data, logs and secrets; relative: to the project.")
    pv_secrets_dir: Path | None = Field(
        None,
        description="Folder with a file for each secret, named in lower case; empty: secrets in PV_DATA_DIR."
        " The containers' own: .lakehouse/secrets when empty.",
    )
    pv_backup_dir: Path = Field(Path(".lakehouse/backups"), description="Where `make backup` writes; relative: to the project.")

    # --- Addresses of this process, for the other services
    pv_bind_address: str = Field("127.0.0.1", description="Address that services listen on; a container's own network: 0.0.0.0.")
    pv_host_name: str = Field("127.0.0.1", description="Name by which the other services reach this one.")

    # --- Object store
    s3_server: Literal["minio", "versitygw", "external"] = Field(
        "minio",
        description="minio or versitygw: the stack runs it, with users of its making; external: another S3, docs/storage.md.",
    )
    minio_endpoint: HttpUrl = Field("http://127.0.0.1:9000", description="S3 endpoint.")
    minio_console_port: Port = Field(9001, description="MinIO's web console.")
    minio_access_key: str = _s3_key_id("The store's administrator; engines have users of their own.")
    minio_secret_key: SecretStr = _s3_secret("Password of MINIO_ACCESS_KEY.")
    s3_region: str = Field("us-east-1", description="Region name that clients sign with.")
    s3_path_style: bool = Field(True, description="Bucket in the path (MinIO) instead of the host name.")
    landing_uri: S3Uri = Field("s3://lakehouse/landing", description="Where envelopes of API answers are kept.")
    mlflow_artifacts_uri: S3Uri = Field("s3://mlflow/artifacts", description="Where MLflow keeps files of runs.")
    landing_s3_access_key: str = _s3_key_id("S3 user of the fetch tasks: landing only, no deletes.")
    landing_s3_secret_key: SecretStr = _s3_secret("Its secret.")
    spark_s3_access_key: str = _s3_key_id("S3 user of Spark: reads landing, writes the warehouse.")
    spark_s3_secret_key: SecretStr = _s3_secret("Its secret.")
    trino_s3_access_key: str = _s3_key_id("S3 user of Trino: the warehouse.")
    trino_s3_secret_key: SecretStr = _s3_secret("Its secret.")
    catalog_s3_access_key: str = _s3_key_id("S3 user of the catalog server: table metadata.")
    catalog_s3_secret_key: SecretStr = _s3_secret("Its secret.")
    mlflow_s3_access_key: str = _s3_key_id("S3 user of MLflow: its artifacts.")
    mlflow_s3_secret_key: SecretStr = _s3_secret("Its secret.")
    reader_s3_access_key: str = _s3_key_id("S3 user for people and PyIceberg: reads the warehouse.")
    reader_s3_secret_key: SecretStr = _s3_secret("Its secret.")
    lifecycle_s3_access_key: str = _s3_key_id("S3 user who removes old versions where the store does not.", "lifecycle-key-id")
    lifecycle_s3_secret_key: SecretStr = _generated("Its secret.", kind="lifecycle")
    pv_landing_retention_days: int = Field(0, ge=0, description="Days landing objects are kept; 0 keeps them for ever.")
    pv_noncurrent_days: int = Field(30, ge=1, description="Days replaced or deleted object versions are kept.")

    # --- Iceberg catalog
    catalog_server: Literal["iceberg-rest", "external"] = Field(
        "iceberg-rest", description="iceberg-rest: the stack runs it; external: another Iceberg REST catalog, docs/storage.md."
    )
    iceberg_rest_uri: HttpUrl = Field("http://127.0.0.1:8181", description="Iceberg REST catalog; what comes before /v1.")
    iceberg_rest_warehouse: str = Field("", description="What clients ask an external catalog for; empty: ICEBERG_WAREHOUSE.")
    iceberg_warehouse: S3Uri = Field("s3://lakehouse/warehouse", description="Root of all tables.")
    iceberg_catalog: Literal["iceberg"] = Field("iceberg", description="Catalog name in Spark and Trino; the SQL says it too.")
    catalog_writer_token: SecretStr = _catalog_token("Bearer token of the engines (Spark, Trino).")
    catalog_reader_token: SecretStr = _catalog_token("Bearer token for reading (PyIceberg).")
    catalog_maintenance_token: SecretStr = _catalog_token("Bearer token of an administrator, who may drop and purge anything.")

    # --- Trino
    trino_host: str = Field("127.0.0.1", description="Trino coordinator.")
    trino_port: Port = Field(8080, description="What is spoken there: TRINO_SCHEME.")
    trino_user: Literal["admin", "analyst"] = Field("admin", description="Who `make sql` is: admin may do everything.")
    trino_scheme: Literal["http", "https"] = Field(
        "http",
        description="http: on TRINO_PORT analyst and probe without a password, on TRINO_HTTPS_PORT every user with one."
        " https: on TRINO_PORT every user with one, as in containers.",
    )
    trino_https_port: Port = Field(8443, description="With TRINO_SCHEME=http: where every user logs in, encrypted.")
    trino_internal_port: Port = Field(8082, description="With TRINO_SCHEME=https: where Trino's own nodes speak to each other.")
    trino_certificate_file: Path | None = Field(
        None,
        description="PEM of a key, its certificate and chain, for TRINO_HOST; empty: one is made in the data folder.",
    )
    trino_ca_file: Path | None = Field(
        None,
        description="Authority that signed TRINO_CERTIFICATE_FILE; empty: one that the system knows, or the one made here.",
    )
    trino_internal_secret: SecretStr = _generated("Trino's nodes know each other by it.")
    trino_admin_password: SecretStr = _generated("Password of the user admin.")
    trino_etl_password: SecretStr = _generated("Password of the user etl, the DAGs' statements.")
    trino_fetch_password: SecretStr = _generated("Password of the user fetch, which looks what is there.")
    trino_probe_password: SecretStr = _generated("Password of the user probe, the health checks; asked for over https only.")
    trino_analyst_password: SecretStr = _generated("Password of analyst, who reads Silver and Gold; asked for over https only.")
    trino_heap_mb: int = Field(1024, ge=512, description="Heap of the native Trino in MiB.")

    # --- Spark
    spark_master_url: SparkUrl = Field("spark://127.0.0.1:7077", description="Standalone master.")
    spark_ui_port: Port = Field(8090, description="Master's web page.")
    spark_worker_port: Port = Field(7078, description="Where master and drivers reach the worker.")
    spark_worker_ui_port: Port = Field(8091, description="Worker's web page.")
    spark_app_name: str = Field("pv-lakehouse", description="Prefix of application names.")
    spark_worker_cores: int = Field(2, ge=1, description="Cores the native worker offers.")
    spark_worker_memory_mb: int = Field(2048, ge=1024, description="Memory the native worker offers, in MiB.")
    spark_auth_secret: SecretStr = _generated("Shared by master, workers and drivers; whoever has it may run code there.")

    # --- MLflow
    mlflow_tracking_uri: HttpUrl = Field("http://127.0.0.1:5001", description="Tracking server.")
    mlflow_allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="More names, with port, by which people reach it, comma-separated; others are refused (DNS rebinding)."
    )
    mlflow_admin_password: SecretStr = _generated("Password of its user admin, who may do everything; 12 characters or more.")
    mlflow_writer_password: SecretStr = _generated("Password of its user writer, the DAGs' report of a publication.")
    mlflow_scientist_password: SecretStr = _generated("Password of its user scientist: people who log and register models.")
    mlflow_reader_password: SecretStr = _generated("Password of its user reader: health checks, and people who look.")
    mlflow_session_key: SecretStr = _generated("Signs its web forms.")

    # --- Postgres
    postgres_host: str = Field("127.0.0.1", description="Metadata database server.")
    postgres_port: Port = Field(55432, description="Its port.")
    postgres_db: str = Field("postgres", description="Database the administrator connects to.")
    postgres_user: str = Field("postgres", description="Administrator; each service has a role and database of its own.")
    postgres_password: SecretStr = _generated("Password of POSTGRES_USER.")
    airflow_db_password: SecretStr = _generated("Password of the role airflow.")
    mlflow_db_password: SecretStr = _generated("Password of the role mlflow.")
    catalog_db_password: SecretStr = _generated("Password of the role catalog.")

    # --- Airflow
    airflow_host: str = Field("127.0.0.1", description="API server, as the other Airflow services reach it.")
    airflow_port: Port = Field(8088, description="Web page and REST API.")
    airflow_base_url: HttpUrl | None = Field(None, description="Where people open it; empty: 127.0.0.1 and AIRFLOW_PORT.")
    airflow_scheduler_health_port: Port = Field(8974, description="The scheduler's health answer.")
    airflow_admin_user: str = Field("admin", pattern=r"^[\w.-]+$", description="User of the web page who may do everything.")
    airflow_admin_password: SecretStr = _generated("Its password.")
    airflow_viewer_password: SecretStr = _generated("Password of the user viewer, who may look.")
    airflow_jwt_secret: SecretStr = _generated("Signs the tokens of tasks and users.")
    airflow_api_secret_key: SecretStr = _generated("Signs the web sessions.")
    airflow_fernet_key: SecretStr = _generated("Encrypts connections in the database.", kind="fernet")
    airflow_parallelism: int = Field(4, ge=2, description="Task processes at once.")

    # --- Sources
    open_nem_api_url: HttpUrl = Field("https://api.openelectricity.org.au/v4", description="OpenElectricity API.")
    open_nem_primary: SecretStr | None = Field(None, description="Its key. Without it generation is not fetched.")
    open_nem_secondary: SecretStr | None = Field(None, description="Key used when the primary one is refused.")
    open_nem_daily_credits: int = Field(500, ge=1, description="Requests a UTC day the plan allows (community: 500).")
    open_nem_requests_per_second: float = Field(2, gt=0, description="Requests a second the plan allows.")
    open_nem_quota_wait_seconds: float = Field(300, ge=0, description="Wait before the one retry after a quota refusal.")
    openmeteo_weather_api_url: HttpUrl = Field(
        "https://archive-api.open-meteo.com/v1/archive", description="Settled weather, hours older than 7 days."
    )
    openmeteo_forecast_api_url: HttpUrl = Field(
        "https://api.open-meteo.com/v1/forecast", description="Provisional weather of the last days."
    )
    openmeteo_airquality_api_url: HttpUrl = Field(
        "https://air-quality-api.open-meteo.com/v1/air-quality", description="Air quality."
    )
    openmeteo_satellite_api_url: HttpUrl = Field(
        "https://satellite-api.open-meteo.com/v1/archive", description="Irradiance seen by satellite."
    )
    aemo_next_day_dispatch_url: HttpUrl = Field(
        "https://nemweb.com.au/Reports/Current/Next_Day_Dispatch", description="The market operator's folder of unit solutions."
    )
    http_timeout_seconds: float = Field(60, gt=0, description="Limit for one answer.")
    http_retries: int = Field(4, ge=0, description="Repeats after a failed exchange.")
    http_backoff_seconds: float = Field(2, ge=0, description="First pause before a repeat; doubles each time.")

    # --- What is loaded
    pv_facilities: Annotated[tuple[str, ...], NoDecode] = Field((), description="Facility codes, comma-separated; empty: all.")
    pv_market: bool = Field(True, description="Ask for market values of generation, and for prices and curtailment of regions.")
    pv_control: bool = Field(
        True, description="Ask once a day for the source's own totals of regions, to hold the plants' sum against."
    )
    pv_satellite_irradiance: bool = Field(False, description="Ask for irradiance seen by satellite too, for Bronze.")
    pv_unit_solution: bool = Field(
        False, description="Ask the market operator for its next-day unit solution (9 MB a day): curtailment measured by plant."
    )
    pv_reread_hours: int = Field(72, ge=1, description="Hours an hourly run asks for again: sources revise.")
    pv_reread_daily_days: int = Field(10, ge=1, description="The same for the hours from 06:00 and 18:00 UTC, in days.")
    pv_max_gap_days: int = Field(31, ge=1, description="Longest gap an hourly run fills; longer ones: make backfill.")
    pv_schedule_from: datetime | None = Field(None, description="No scheduled run for hours before this instant (ISO 8601).")

    pv_stand_in_port: Port | None = Field(None, description="Serve the stand-in APIs here too (demo and tests).")
    pv_stand_in_world: int | None = Field(
        None, ge=0, description="Seed of the stand-in's world in which farms lose energy; empty: nothing happens to them."
    )

    # --- Ports of this machine on which infra/compose.yaml publishes what natively has its port in an address above
    minio_port: Port = Field(9000, description="Containers only: S3.")
    iceberg_rest_port: Port = Field(8181, description="Containers only: the catalog.")
    mlflow_port: Port = Field(5001, description="Containers only: MLflow.")

    # --- Alerts
    pv_alert_webhook_url: SecretStr | None = Field(None, description="http(s) address that is POSTed to when a run is late.")
    pv_gold_late_after_minutes: int = Field(30, ge=1, description="Minutes after an hour's end from which its Gold is late.")
    pv_due_after_hours_nem: int = Field(0, ge=0, description="Hours after its end at which an hour of NEM counts as missing.")
    pv_due_after_hours_wem: int = Field(3, ge=0, description="The same of WEM, whose values come later.")
    pv_log_level: Literal["DEBUG", "INFO", "WARNING"] = Field("INFO", description="Log level of services.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read order, see above."""
        return init_settings, file_secret_settings, env_settings, dotenv_settings

    @field_validator("pv_facilities", "mlflow_allowed_hosts", mode="before")
    @classmethod
    def _codes(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(code.strip() for code in value.split(",") if code.strip())

    @field_validator("open_nem_primary", "open_nem_secondary", "pv_alert_webhook_url", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        """A container's file of a secret that nobody gave is empty."""
        return value or None

    @field_validator("pv_alert_webhook_url")
    @classmethod
    def _webhook(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _http_url(value.get_secret_value())
        return value

    @field_validator("pv_schedule_from")
    @classmethod
    def _aware(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("expected an instant with its zone, as 2026-01-01T00:00:00Z")
        return value

    @field_validator("*")
    @classmethod
    def _no_placeholder(cls, value: object) -> object:
        if isinstance(value, SecretStr) and PLACEHOLDER.search(value.get_secret_value()):
            raise ValueError("still holds a placeholder: set it or leave it empty")
        return value

    @field_validator("pv_data_dir", "pv_secrets_dir", "pv_backup_dir")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value if value is None or value.is_absolute() else PROJECT_ROOT / value

    @property
    def catalog_warehouse(self) -> str:
        """The warehouse by the name that the catalog knows it by; the stack's own knows no other than its location."""
        return (self.catalog_server == "external" and self.iceberg_rest_warehouse) or self.iceberg_warehouse

    @property
    def trino_ports(self) -> dict[str, tuple[str, int]]:
        """Trino's port by what is spoken there (http, https), with the variable that sets it."""
        if self.trino_scheme == "https":
            return {"http": ("TRINO_INTERNAL_PORT", self.trino_internal_port), "https": ("TRINO_PORT", self.trino_port)}
        return {"http": ("TRINO_PORT", self.trino_port), "https": ("TRINO_HTTPS_PORT", self.trino_https_port)}

    @property
    def certificates(self) -> Path:
        """Folder of the authority that this installation made, and of what it signed."""
        return self.pv_data_dir / "certificates"

    @property
    def trino_certificate(self) -> Path:
        """PEM of Trino's key and certificate."""
        return self.trino_certificate_file or self.certificates / "trino.pem"

    @property
    def trino_authority(self) -> Path | None:
        """Authority by which Trino is known; None: those that the system knows."""
        return self.trino_ca_file or (None if self.trino_certificate_file else self.certificates / "authority.pem")

    def secret(self, name: str) -> str:
        """Value of a secret; raises SettingsError naming the variable when nobody gave or generated one."""
        value = self._plain(name)
        if not value:
            raise SettingsError(f"no value for {name.upper()}")
        return value

    def has(self, name: str) -> bool:
        """Whether somebody gave or generated a secret."""
        return bool(self._plain(name))

    def with_secrets(self, values: Mapping[str, str]) -> Settings:
        """A copy with other values of generated secrets, by attribute name."""
        shown = {name for name, kind in names_of_generated().items() if kind.endswith("key-id")}
        return self.model_copy(update={name: value if name in shown else SecretStr(value) for name, value in values.items()})

    def _plain(self, name: str) -> str:
        value: SecretStr | str | None = getattr(self, name)
        return value.get_secret_value() if isinstance(value, SecretStr) else value or ""

    @property
    def secrets_dir(self) -> Path:
        """Folder (mode 0700) with a file for each secret."""
        return self.pv_secrets_dir or self.pv_data_dir / SECRETS_FOLDER_NAME

    @property
    def former_secrets_file(self) -> Path:
        """Where earlier versions kept the secrets."""
        return self.pv_data_dir / FORMER_SECRETS_FILE_NAME


def names_of_generated() -> dict[str, str]:
    """Attribute names of the secrets that are generated, with their kind."""
    extras = ((name, field.json_schema_extra) for name, field in Settings.model_fields.items())
    return {name: str(extra["generated"]) for name, extra in extras if isinstance(extra, dict) and "generated" in extra}


def read_settings(env_file: Path | None = None) -> Settings:
    """Read all settings; secrets that nobody gave or generated yet stay empty.

    Raises SettingsError naming the variable when a name in a file is unknown or a value malformed.
    """
    return _read(env_file or PROJECT_ROOT / ".env", with_folder=True)


def read_given(env_file: Path | None = None) -> Settings:
    """All settings as people give them: without the folder of secrets. Raises SettingsError as `read_settings` does."""
    return _read(env_file or PROJECT_ROOT / ".env", with_folder=False)


def settings_of(values: Mapping[str, str]) -> Settings:
    """Settings of these values, by attribute name, and defaults. Raises SettingsError as `read_settings` does."""
    try:
        return Settings(_env_file=None, **values)  # type: ignore[arg-type]  # text is what every field is read from
    except ValidationError as error:
        raise SettingsError(_explain(error)) from None


def _read(env_file: Path, with_folder: bool) -> Settings:
    try:
        _check_lines(env_file)
        first = Settings(_env_file=env_file, _env_file_encoding="utf-8")
        folder = first.secrets_dir if with_folder and first.secrets_dir.is_dir() else None
        files = (first.former_secrets_file, env_file)
        return Settings(_env_file=files, _env_file_encoding="utf-8", _secrets_dir=folder)
    except ValidationError as error:
        raise SettingsError(_explain(error)) from None
    except PermissionError as error:
        raise SettingsError(_whose(Path(error.filename or env_file))) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot read {env_file}: {error}") from None


def _whose(path: Path) -> str:
    """Why a file cannot be read: whose it is, or the folder that is closed."""
    while not os.access(path.parent, os.X_OK):
        path = path.parent
    name = name_of_user(path.stat().st_uid)
    return f"cannot read {path}, it is {name}'s: run make as {name}, or set another PV_DATA_DIR"


def name_of_user(uid: int) -> str:
    """Login name, or the number of a user whom this machine has no name for."""
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _check_lines(env_file: Path) -> None:
    """Refuse a line that the reader would skip with a warning; its text is not shown, it may be a secret."""
    if not env_file.exists():
        return
    with env_file.open(encoding="utf-8") as lines:
        broken = [binding.original.line for binding in parse_stream(lines) if binding.error]
    if broken:
        raise SettingsError(f"{env_file}, line {broken[0]}: expected NAME=value")


@cache
def load_settings() -> Settings:
    """Read all settings for a running stack, once per process.

    Raises SettingsError when a generated secret is missing: the stack was never started with these settings. A container has
    only those that its service was granted; `Settings.secret` refuses the others where they are asked for.
    """
    settings = read_settings()
    if settings.pv_secrets_dir:
        return settings
    refuse_missing_external(settings)
    _refuse_missing(
        [name for name in names_of_own(settings) if not settings.has(name)],
        f"run `make up` once, it writes {settings.secrets_dir}",
    )
    return settings


def refuse_missing_external(settings: Settings) -> None:
    """Raise SettingsError for a secret of an external server without a value, which nobody but a person knows."""
    for kind, fix in (
        ("s3", "S3_SERVER=external takes keys of users that exist there, see docs/storage.md"),
        ("catalog", "CATALOG_SERVER=external takes tokens that it knows, see docs/storage.md"),
    ):
        _refuse_missing(_not_given(settings, kind), fix)


def _refuse_missing(missing: list[str], fix: str) -> None:
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise SettingsError(f"no value for {missing[0].upper()}{more}: {fix}")


def kinds_of_others(settings: Settings) -> set[str]:
    """Kinds of the secrets that are never made up: servers know them which are not the stack's own, or nobody does."""
    servers = {"s3": settings.s3_server, "s3-key-id": settings.s3_server, "catalog": settings.catalog_server}
    nobody = set() if settings.s3_server == "versitygw" else {"lifecycle", "lifecycle-key-id"}
    return {kind for kind, server in servers.items() if server == "external"} | nobody


def names_of_own(settings: Settings) -> dict[str, str]:
    """Attribute names of the secrets that a stack with these settings makes up for itself, with their kind."""
    others = kinds_of_others(settings)
    return {name: kind for name, kind in names_of_generated().items() if kind not in others}


def _not_given(settings: Settings, kind: str) -> list[str]:
    """Secrets of an external server without a value."""
    others = kinds_of_others(settings)
    not_needed = {"minio_access_key", "minio_secret_key", "catalog_maintenance_token"}
    if "catalog" in others:
        not_needed |= {"catalog_s3_access_key", "catalog_s3_secret_key"}
    needed = [name for name, its_kind in names_of_generated().items() if its_kind.startswith(kind) and its_kind in others]
    return [name for name in needed if name not in not_needed and not settings.has(name)]


def example() -> str:
    """Text of `.env.example`: every variable with its meaning and default, all commented out."""
    lines = [
        "# Every variable, with its default. Copy to .env and uncomment what you change.",
        "# Printed by `python -m include.settings`.",
        "",
    ]
    for name, field in Settings.model_fields.items():
        generated = names_of_generated().get(name)
        made_up = " Generated at the first start when empty"
        of_our_store = f"{made_up} and S3_SERVER is minio or versitygw."
        of_versitygw = f"{made_up} and S3_SERVER=versitygw."
        when = {
            None: "",
            "s3": of_our_store,
            "s3-key-id": of_our_store,
            "lifecycle": of_versitygw,
            "lifecycle-key-id": of_versitygw,
            "catalog": f"{made_up} and CATALOG_SERVER=iceberg-rest.",
        }
        lines.append(f"# {field.description}" + when.get(generated, f"{made_up}."))
        default = "" if generated or field.default in (None, ()) else field.default
        lines.append(f"#{name.upper()}={str(default).lower() if isinstance(default, bool) else default}")
    return "\n".join(lines) + "\n"


def _explain(error: ValidationError) -> str:
    problems = []
    for problem in error.errors(include_url=False, include_input=False):
        name = str(problem["loc"][0]).upper() if problem["loc"] else "?"
        if problem["type"] == "extra_forbidden":
            problems.append(f"{name}: {REMOVED.get(name, 'unknown variable; .env.example lists the known ones')}")
        else:
            problems.append(f"{name}: {problem['msg'].removeprefix('Value error, ')}")
    return "; ".join(problems)


if __name__ == "__main__":
    sys.stdout.write(example())
