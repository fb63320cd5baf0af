"""The containers' secrets: what is made, taken from the environment and `.env`, refused; and their next values."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from dotenv import dotenv_values

from include.settings import SettingsError, names_of_generated
from infra.refusal import RefusedError
from infra.secrets import containers, machine
from infra.secrets.machine import Machine
from infra.secrets.store import OF_PEOPLE, Store

ELSEWHERE = {
    "S3_SERVER": "external",
    "MINIO_ENDPOINT": "https://s3.example",
    "CATALOG_SERVER": "external",
    "ICEBERG_REST_URI": "https://catalog.example",
}
EXTERNAL = {
    f"{engine}_S3_{part}_KEY": f"{part}-of-{engine}"
    for engine in ("LANDING", "SPARK", "TRINO", "MLFLOW", "READER")
    for part in ("ACCESS", "SECRET")
} | {"CATALOG_WRITER_TOKEN": "writes", "CATALOG_READER_TOKEN": "reads"}
DATA = {"PV_DATA_ARE_THERE": "set PV_SECRETS_DIR to the folder that has"}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "secrets", is_mounted=True)


def given(env_file: str = "", **environment: str) -> Machine:
    """As docker/secrets.sh sends it."""
    records = {"PV_MACHINE_NAME": "here", **environment} | ({"PV_ENV_FILE": env_file} if env_file else {})
    return machine.read("\0".join(f"{name}={value}" for name, value in records.items()).encode())


def contents(store: Store) -> dict[str, str]:
    return {path.name: path.read_text() for path in store.folder.iterdir() if path.is_file()}


def self_signed(file: Path, days: int) -> Path:
    """A key and its certificate without names, which ends in so many days."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "somebody")])
    end = datetime.now(UTC) + timedelta(days=days)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, end - timedelta(days=9), end)
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate)
    return file


def own(certificate: Path, authority: Path) -> dict[str, str]:
    """A certificate of one's own, with its text."""
    files = {"TRINO_CERTIFICATE": certificate, "TRINO_CA": authority}
    return {name: str(path) for name, path in files.items()} | {f"{name}_PEM": path.read_text() for name, path in files.items()}


def test_every_file_that_containers_mount_is_made_once_and_a_source_key_may_come_later(store: Store) -> None:
    containers.fill(store, given(MINIO_SECRET_KEY="given-by-somebody-0123456789"))
    first, seen_by_containers = contents(store), (store.folder / "open_nem_primary").stat().st_ino

    containers.fill(store, given(OPEN_NEM_PRIMARY="oe_key"))

    assert set(first) == {*names_of_generated(), *OF_PEOPLE, *containers.CERTIFICATES, containers.AUTHORITY_KEY}
    assert len(first["postgres_password"]) >= 40 and re.fullmatch("[A-Z2-7]{20}", first["landing_s3_access_key"])
    assert first["open_nem_primary"] == first["lifecycle_s3_secret_key"] == ""
    assert first["minio_secret_key"] == "given-by-somebody-0123456789"
    assert contents(store) == first | {"open_nem_primary": "oe_key"}
    assert (store.folder / "open_nem_primary").stat().st_ino == seen_by_containers
    modes = {path.name: path.stat().st_mode & 0o777 for path in store.folder.iterdir()}
    assert store.folder.stat().st_mode & 0o777 == 0o700
    assert modes.pop(containers.AUTHORITY_KEY) == 0o600 and set(modes.values()) == {0o444}


def test_values_in_an_env_file_are_read_as_python_reads_them_and_the_environment_wins(store: Store, tmp_path: Path) -> None:
    lines = [
        "export OPEN_NEM_PRIMARY=oe_a",
        "OPEN_NEM_SECONDARY='oe b # c' # mine",
        "MINIO_SECRET_KEY=0123456789abcdef01234568  # d",
        "",
        "  POSTGRES_PASSWORD = 0123456789abcdef01234567",
        "\tREADER_S3_SECRET_KEY=0123456789abcdef01234569\t# e",
    ]
    (file := tmp_path / ".env").write_text("\n".join([*lines, "PV_ALERT_WEBHOOK_URL=http://in-file", ""]))

    containers.fill(store, given(file.read_text(), PV_ALERT_WEBHOOK_URL=""))

    expected = dotenv_values(file) | {"PV_ALERT_WEBHOOK_URL": ""}
    assert {name: (store.folder / name.lower()).read_text() for name in expected} == expected


@pytest.mark.parametrize(
    ("env_file", "environment", "said"),
    [
        ("", {"POSTGRES_PASSWORD": "changeme"}, "POSTGRES_PASSWORD: still holds a placeholder"),
        ("", {"OPEN_NEM_PRIMARY": "oe_…"}, "OPEN_NEM_PRIMARY: still holds a placeholder"),
        ("", {"HTTPS_PROXY": "http://<proxy>"}, "HTTPS_PROXY: still holds a placeholder"),
        ("", {"PV_ALERT_WEBHOOK_URL": "mail"}, "PV_ALERT_WEBHOOK_URL: expected http://HOST"),
        ("", {"HTTPS_PROXY": "http://localhost:3128"}, "http://localhost:3128 is in each container that container itself"),
        ("", {"TRINO_CERTIFICATE": "/nowhere.pem", "TRINO_CA": "/ca.pem"}, "/nowhere.pem is no valid certificate"),
        ("", {"TRINO_CERTIFICATE": "/nowhere.pem"}, "set TRINO_CA to the certificate of the authority"),
        ("S3_SERVER=aws\n", {}, "S3_SERVER: Input should be"),
        ("S3_SERVER='external'\nMINIO_ENDPOINT=http://127.0.0.1:9000\n", {}, "http://127.0.0.1:9000 is in each container"),
        ("CATALOG_SERVER=external\nICEBERG_REST_URI=http://localhost/api\n", {}, "http://localhost/api is in each container"),
        (
            "S3_SERVER=external\nMINIO_ENDPOINT=https://s3\n",
            {},
            "no value for LANDING_S3_ACCESS_KEY and 11 more: S3_SERVER=external",
        ),
        (
            "CATALOG_SERVER=external\nICEBERG_REST_URI=https://c\n",
            {},
            "no value for CATALOG_WRITER_TOKEN and 1 more: CATALOG_SERVER",
        ),
        ("OPEN_NEM_PRIMARY=oe_a\nan error\n", {}, r".env, line 2: expected NAME=value"),
        ("", DATA, "has no POSTGRES_PASSWORD and AIRFLOW_FERNET_KEY, which made the data that are there: set PV_SECRETS_DIR"),
        (
            "",
            dict.fromkeys(("CATALOG_WRITER_TOKEN", "CATALOG_READER_TOKEN"), "0123456789abcdef01234567"),
            "CATALOG_WRITER_TOKEN and CATALOG_READER_TOKEN: the same value",
        ),
    ],
)
def test_what_cannot_be_is_named_before_a_secret_is_made_up(
    store: Store, env_file: str, environment: dict[str, str], said: str
) -> None:
    with pytest.raises((RefusedError, SettingsError), match=re.escape(said)):
        containers.fill(store, given(env_file, **environment))

    assert not store.folder.exists() or not store.values()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("postgres_password", "<password>", "still holds a placeholder"),
        ("catalog_writer_token", "too-short", "expected 24 characters or more"),
        ("spark_s3_secret_key", "seven77", "expected 8 characters or more"),
        ("airflow_fernet_key", "no-key-of-airflow-0123456789", "expected the urlsafe base64 of 32 bytes"),
    ],
)
def test_a_file_of_a_secret_that_was_spoilt_is_named(store: Store, name: str, value: str, said: str) -> None:
    containers.fill(store, given())
    store.overwrite({name: value})

    with pytest.raises(RefusedError, match=f"^{name.upper()}: {said}") as refused:
        containers.fill(store, given())

    assert value not in str(refused.value)


def test_another_value_for_a_secret_in_use_is_a_rotation(store: Store) -> None:
    containers.fill(store, given())

    with pytest.raises(RefusedError, match=r"`docker/stack.sh rotate POSTGRES_PASSWORD` makes it the new one"):
        containers.fill(store, given(POSTGRES_PASSWORD="another-one-0123456789abcdef"))


def test_with_a_store_and_a_catalog_elsewhere_their_keys_are_taken_and_none_is_made_up(store: Store) -> None:
    containers.fill(store, given(**ELSEWHERE, **EXTERNAL))

    made = contents(store)
    assert {name: made[name.lower()] for name in EXTERNAL} == EXTERNAL
    for not_needed in ("minio_secret_key", "catalog_s3_access_key", "catalog_s3_secret_key", "catalog_maintenance_token"):
        assert made[not_needed] == ""
    assert len(made["postgres_password"]) >= 40
    with pytest.raises(RefusedError, match=r"READER_S3_SECRET_KEY is another than the one in use: `docker/stack.sh rotate"):
        containers.fill(store, given(**ELSEWHERE, **EXTERNAL | {"READER_S3_SECRET_KEY": "another"}))
    containers.fill(store, given(**ELSEWHERE))  # they are known
    assert contents(store) == made


def test_with_versitygw_the_lifecycle_has_a_key(store: Store) -> None:
    containers.fill(store, given(S3_SERVER="versitygw"))

    assert min(len(store.values()[f"{name}_secret_key"]) for name in ("minio", "lifecycle_s3", "landing_s3")) >= 40


def test_a_proxy_is_kept_until_another_one_or_none_is_given(store: Store) -> None:
    seen = []
    for environment in ({"HTTPS_PROXY": "http://proxy:1"}, {}, {"HTTPS_PROXY": "http://proxy:2"}, {"HTTPS_PROXY": ""}):
        containers.fill(store, given(**environment))
        seen.append((store.folder / "https_proxy").read_text())

    assert seen == ["http://proxy:1", "http://proxy:1", "http://proxy:2", ""]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("PV_FACILITIES=AVLSF\nTRINO_PORT=8081\nOPEN_NEM_PRIMARY=oe_a\nS3_SERVER=minio\n", ""),
        ("TRINO_HEAP_MB=2048\nexport SPARK_WORKER_CORES=8\n", "do not take from .env: SPARK_WORKER_CORES TRINO_HEAP_MB\n"),
    ],
)
def test_what_containers_do_not_take_from_the_env_file_is_said(
    store: Store, capsys: pytest.CaptureFixture[str], lines: str, said: str
) -> None:
    containers.fill(store, given(lines, PV_TAKEN="PV_FACILITIES TRINO_PORT "))

    assert capsys.readouterr().err.endswith(said) and (said or "do not take" not in capsys.readouterr().err)


class TestCertificate:
    def test_it_is_one_that_strict_clients_take(self, store: Store) -> None:
        containers.fill(store, given())

        verify = ["openssl", "verify", "-x509_strict", "-verify_hostname", "trino", "-CAfile", str(store.folder / "trino_ca")]
        done = subprocess.run([*verify, str(store.folder / "trino_certificate")], capture_output=True, text=True, check=False)
        names = x509.load_pem_x509_certificates((store.folder / "trino_certificate").read_bytes())[0]

        assert done.returncode == 0, done.stderr
        found = names.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert found.get_values_for_type(x509.DNSName) == ["trino", "localhost", "here"]

    def test_ones_own_needs_its_authority_and_names(self, store: Store, tmp_path: Path) -> None:
        made, other = (Store(tmp_path / name, is_mounted=True) for name in ("made", "other"))
        for each in (made, other):
            containers.fill(each, given())
        certificate, authority = made.folder / "trino_certificate", made.folder / "trino_ca"

        wrong = own(certificate, other.folder / "trino_ca")
        nameless = own(*[self_signed(tmp_path / "nameless.pem", days=1)] * 2)
        for environment in (wrong, nameless):
            with pytest.raises(
                RefusedError, match=r"^\S+ must be signed by \S+ and be for DNS:trino and IP:127.0.0.1"
            ) as refused:
                containers.fill(store, given(**environment))
            assert environment["TRINO_CERTIFICATE"] in str(refused.value)

        containers.fill(store, given(**own(certificate, authority)))
        assert (store.folder / "trino_certificate").read_text() == certificate.read_text()
        assert not (store.folder / "trino_ca_key").exists()
        containers.fill(store, given())  # it stays, as nobody gives another
        assert (store.folder / "trino_certificate").read_text() == certificate.read_text()

    def test_an_expired_one_of_ones_own_is_refused_and_one_made_here_is_made_again(self, store: Store, tmp_path: Path) -> None:
        expired = self_signed(tmp_path / "expired.pem", days=-1)
        with pytest.raises(RefusedError, match=f"^{expired} is no valid certificate"):
            containers.fill(store, given(**own(expired, expired)))

        containers.fill(store, given())
        store.overwrite({"trino_certificate": expired.read_text()})
        containers.fill(store, given())
        assert (store.folder / "trino_certificate").read_text() != expired.read_text()

        store.remove("trino_ca_key")
        store.overwrite({"trino_certificate": expired.read_text()})
        with pytest.raises(RefusedError, match="give a new one as TRINO_CERTIFICATE and TRINO_CA"):
            containers.fill(store, given())


class TestNextValues:
    @pytest.fixture
    def filled(self, store: Store) -> Store:
        containers.fill(store, given())
        return store

    @pytest.fixture
    def begin(self, filled: Store) -> Callable[..., dict[str, str]]:
        """Begins a rotation; returns the next values."""

        def begin(*names: str, **environment: str) -> dict[str, str]:
            containers.begin(filled, given(**environment), names)
            return contents(filled.next)

        return begin

    def test_they_are_files_that_a_container_can_read(self, filled: Store, begin: Callable[..., dict[str, str]]) -> None:
        before = contents(filled)

        following = begin("POSTGRES_PASSWORD", "airflow_fernet_key")

        assert set(following) == {"postgres_password", "airflow_fernet_key"}
        assert filled.next.folder.stat().st_mode & 0o777 == 0o755
        assert contents(filled) == before
        filled.settle()
        assert contents(filled) == before | following
        assert {(filled.folder / name).stat().st_mode & 0o777 for name in following} == {0o444}

    @pytest.mark.parametrize(
        ("name", "changed"),
        [("TRINO_CERTIFICATE", {"trino_certificate"}), ("TRINO_CA", {"trino_certificate", "trino_ca", "trino_ca_key"})],
    )
    def test_a_certificate_is_made_again_and_its_authority_when_it_is_named(
        self, filled: Store, begin: Callable[..., dict[str, str]], name: str, changed: set[str]
    ) -> None:
        assert set(begin(name)) == changed

        filled.settle()

        pair = [str(filled.folder / file) for file in ("trino_ca", "trino_certificate")]
        assert subprocess.run(["openssl", "verify", "-CAfile", *pair], capture_output=True, check=False).returncode == 0

    def test_a_given_value_is_taken_and_one_that_only_people_have_is_asked_for(
        self, filled: Store, begin: Callable[..., dict[str, str]]
    ) -> None:
        for names, said in (
            (("NONSENSE",), "NONSENSE: no generated secret; known: MINIO_ACCESS_KEY"),
            (("OPEN_NEM_SECONDARY",), "no value for OPEN_NEM_SECONDARY: give it in the environment or in .env"),
            ((), "say which"),
        ):
            with pytest.raises(RefusedError, match=said):
                begin(*names)
            assert [path for path in filled.folder.iterdir() if path.is_dir()] == []
        assert begin("OPEN_NEM_SECONDARY", OPEN_NEM_SECONDARY="oe_new") == {"open_nem_secondary": "oe_new"}

    def test_a_value_in_use_is_none_to_rotate_to(self, filled: Store, begin: Callable[..., dict[str, str]]) -> None:
        with pytest.raises(RefusedError, match="CATALOG_WRITER_TOKEN: this value is in use already"):
            begin("CATALOG_WRITER_TOKEN", CATALOG_WRITER_TOKEN=filled.values()["catalog_reader_token"])

    def test_all_are_those_that_the_stack_makes_up(self, begin: Callable[..., dict[str, str]]) -> None:
        following = set(begin("all"))

        assert {"minio_secret_key", "spark_s3_secret_key", "catalog_writer_token", "postgres_password"} <= following
        assert not following & {"trino_ca", "trino_certificate", "open_nem_primary", "lifecycle_s3_secret_key"}

    def test_keys_of_a_store_elsewhere_are_not_among_all(self, begin: Callable[..., dict[str, str]]) -> None:
        elsewhere = {"S3_SERVER": "external", "MINIO_ENDPOINT": "https://s3.example"}

        following = begin("all", **elsewhere)

        assert "catalog_writer_token" in following and not [name for name in following if "_s3_" in name]
        with pytest.raises(RefusedError, match="no value for SPARK_S3_SECRET_KEY"):
            begin("SPARK_S3_SECRET_KEY", **elsewhere)

    def test_the_key_that_a_catalog_elsewhere_has_of_our_store_is_not_among_all(
        self, begin: Callable[..., dict[str, str]]
    ) -> None:
        following = set(begin("all", CATALOG_SERVER="external", ICEBERG_REST_URI="https://catalog.example"))

        assert not following & {"catalog_s3_secret_key", "catalog_writer_token", "catalog_reader_token"}
        assert {"minio_secret_key", "spark_s3_secret_key"} <= following

    def test_a_secret_that_is_new_in_this_version_is_asked_for_first(
        self, filled: Store, begin: Callable[..., dict[str, str]]
    ) -> None:
        filled.remove("https_proxy")

        with pytest.raises(RefusedError, match=r"HTTPS_PROXY is new in this version: docker/stack\.sh up"):
            begin("POSTGRES_PASSWORD")
