"""Trino's certificate: made, renewed, refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from include.settings import Settings
from infra.secrets import certificate
from infra.secrets.certificate import CertificateError

Key = ec.EllipticCurvePrivateKey
SIGNER = ec.generate_private_key(ec.SECP256R1())
KEY = ec.generate_private_key(ec.SECP256R1())
NAMES = ("DNS:trino", "IP:127.0.0.1")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None).model_copy(update={"pv_data_dir": tmp_path / "data"})


def written(settings: Settings) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in settings.certificates.iterdir()}


def read(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificates(file.read_bytes())[0]


def signed(key: Key, signer: Key, days: int, names: tuple[str, ...] = ()) -> bytes:
    """PEM of a certificate for these names, or of the authority itself without any, that ends in so many days."""
    authority = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "somebody")])
    own = authority if not names else x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "server")])
    end = datetime.now(UTC) + timedelta(days=days)
    begin = end - timedelta(days=30)
    builder = x509.CertificateBuilder(authority, own, key.public_key(), x509.random_serial_number(), begin, end)
    builder = builder.add_extension(x509.BasicConstraints(ca=not names, path_length=None), critical=True)
    if names:
        alternative = [certificate._general_name(name.split(":", 1)[1]) for name in names]
        builder = builder.add_extension(x509.SubjectAlternativeName(alternative), critical=False)
    return builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.PEM)


def pem(key: Key, password: bytes | None = None) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password) if password else NoEncryption())


AUTHORITY, OTHER_AUTHORITY = signed(SIGNER, SIGNER, 9), signed(KEY, KEY, 9)
GIVEN = {
    "right": pem(KEY) + signed(KEY, SIGNER, 9, NAMES),
    "certificate before key": signed(KEY, SIGNER, 9, NAMES) + pem(KEY),
    "expired": pem(KEY) + signed(KEY, SIGNER, -1, NAMES),
    "not yet valid": pem(KEY) + signed(KEY, SIGNER, 60, NAMES),
    "without a key": signed(KEY, SIGNER, 9, NAMES),
    "another's key": pem(SIGNER) + signed(KEY, SIGNER, 9, NAMES),
    "key that asks for a password": pem(KEY, b"secret") + signed(KEY, SIGNER, 9, NAMES),
    "foreign": pem(KEY) + signed(KEY, KEY, 9, NAMES),
    "other names": pem(KEY) + signed(KEY, SIGNER, 9, ("DNS:elsewhere", "IP:10.0.0.1")),
    "no certificate": b"nonsense",
}
REASONS = {
    "right": "",
    "certificate before key": "",
    "expired": "is no valid certificate",
    "not yet valid": "must be signed by",
    "without a key": "holds no private key|is no valid certificate",
    "another's key": "private key|not that of its first certificate",
    "key that asks for a password": "holds no private key",
    "foreign": "must be signed by",
    "other names": "must be signed by",
    "no certificate": "is no valid certificate",
}


@pytest.mark.parametrize("kind", GIVEN)
def test_a_certificate_of_ones_own_is_taken_or_refused_in_a_line(settings: Settings, tmp_path: Path, kind: str) -> None:
    given, authority = tmp_path / "given.pem", tmp_path / "authority.pem"
    given.write_bytes(GIVEN[kind])
    authority.write_bytes(AUTHORITY)
    native = settings.model_copy(update={"trino_certificate_file": given, "trino_ca_file": authority})
    try:
        assert not certificate.prepare(native)
        said = ""
    except CertificateError as refused:
        said = str(refused)

    assert re.search(REASONS[kind], said) if REASONS[kind] else said == ""
    assert len(said.splitlines()) == bool(said)
    assert "given.pem" in said or not said


def test_an_authority_alone_is_refused(settings: Settings) -> None:
    with pytest.raises(CertificateError, match="TRINO_CA_FILE=/ca needs TRINO_CERTIFICATE_FILE"):
        certificate.prepare(settings.model_copy(update={"trino_ca_file": Path("/ca")}))


def test_one_is_made_once_and_is_its_owners(settings: Settings) -> None:
    assert certificate.prepare(settings)
    made = written(settings)

    assert not certificate.prepare(settings)
    assert written(settings) == made
    assert settings.certificates.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in settings.certificates.iterdir()} == {0o600}


@pytest.mark.parametrize(("days", "renewed"), [(6, True), (8, False)])
def test_it_is_made_again_a_week_before_its_end(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, days: int, renewed: bool
) -> None:
    with monkeypatch.context() as before:
        before.setattr(certificate, "CERTIFICATE_DAYS", days)
        certificate.make(settings, *certificate.NAMED)
    made = written(settings)

    assert certificate.prepare(settings) == renewed
    assert {name for name, content in written(settings).items() if made[name] != content} == ({"trino.pem"} if renewed else set())


def test_what_is_damaged_or_does_not_fit_is_made_again(settings: Settings) -> None:
    certificate.prepare(settings)
    for file in ("trino.pem", "authority.pem", "authority-key.pem"):
        (settings.certificates / file).write_bytes(b"-----BEGIN CERTIF")
        assert certificate.prepare(settings) and not certificate.prepare(settings)
    certificate.make(settings, "TRINO_CA")
    assert not certificate.prepare(settings)


def test_an_authority_that_would_end_before_what_it_signs_is_made_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(certificate, "AUTHORITY_DAYS", 396)
        certificate.make(settings, *certificate.NAMED)
    made = written(settings)

    assert certificate.prepare(settings)
    assert not [name for name, content in written(settings).items() if made[name] == content]


def test_a_given_certificate_is_not_ours_to_rotate(settings: Settings) -> None:
    with pytest.raises(CertificateError, match=r"put a new one into /own\.pem"):
        certificate.make(settings.model_copy(update={"trino_certificate_file": Path("/own.pem")}), "TRINO_CA")
