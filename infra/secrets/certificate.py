"""Trino's certificate: made by an authority of this installation, or one's own, which is tried before anything starts.

The same natively and for containers, but for where the files are kept (`Files`).
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from include.settings import Settings
from infra import private_folders
from infra.refusal import RefusedError

AUTHORITY_DAYS = 3650
CERTIFICATE_DAYS = 397
RENEWED_BEFORE = timedelta(days=7)
NAMED = ("TRINO_CA", "TRINO_CERTIFICATE")
"""What `rotate` takes beside secrets: the authority with what it signed, or the latter alone."""


class CertificateError(RefusedError):
    """A certificate was refused; the message names its file and says why."""


@dataclass(frozen=True)
class Files:
    """Where an authority that was made here is kept, and what it signed; `write` replaces one of them."""

    authority_key: Path
    authority: Path
    certificate: Path
    names: tuple[str, ...]
    write: Callable[[Path, bytes], None] = private_folders.write_file

    def prepare(self) -> bool:
        """Have a certificate that clients take by all names; says whether one was made, as it is a week before its end."""
        if self._signer() is None:
            self.make(*NAMED)
        elif not self._is_good():
            self.make("TRINO_CERTIFICATE")
        else:
            return False
        return True

    def make(self, *what: str) -> None:
        """Make what is named of NAMED, and what cannot do without."""
        self.certificate.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        there = None if "TRINO_CA" in what else self._signer()
        key, authority = there or _new_authority()
        if there is None:
            self.write(self.authority_key, _pem(key))
            self.write(self.authority, authority.public_bytes(Encoding.PEM))
        self.write(self.certificate, _new_certificate(key, authority, self.names))

    def _signer(self) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate] | None:
        """The authority made here; None where there is none that may sign a certificate of today."""
        if not _lasts(self.authority, timedelta(days=CERTIFICATE_DAYS)):
            return None
        try:
            key = load_pem_private_key(self.authority_key.read_bytes(), None)
        except (OSError, ValueError):
            return None
        authority = x509.load_pem_x509_certificate(self.authority.read_bytes())
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != authority.public_key():
            return None
        return key, authority

    def _is_good(self) -> bool:
        """Whether the certificate made here lasts, and clients take it by all of its names."""
        try:
            return _lasts(self.certificate, RENEWED_BEFORE) and not _refused_name(self.certificate, self.authority, self.names)
        except ssl.SSLError:
            return False


def native(settings: Settings) -> Files:
    """The native stack's, in its data folder."""
    folder = settings.certificates
    return Files(folder / "authority-key.pem", folder / "authority.pem", folder / "trino.pem", names(socket.gethostname()))


def prepare(settings: Settings) -> bool:
    """Have a certificate that Trino's clients take, made here unless one is given; says whether a new one was made.

    Raises CertificateError for a given one that clients would refuse.
    """
    file, authority = settings.trino_certificate_file, settings.trino_ca_file
    if file is None and authority is None:
        return native(settings).prepare()
    if file is None:
        raise CertificateError(f"TRINO_CA_FILE={authority} needs TRINO_CERTIFICATE_FILE: give both, or none")
    refuse_unfit(file, authority, [settings.trino_host], f"{settings.trino_host} (TRINO_HOST)")
    return False


def make(settings: Settings, *what: str) -> None:
    """Make what is named of NAMED. Raises CertificateError where the certificate is one's own."""
    if settings.trino_certificate_file:
        raise CertificateError(f"the certificate was given: put a new one into {settings.trino_certificate_file}")
    native(settings).make(*what)


def names(host: str) -> tuple[str, ...]:
    """Names of a certificate made here on a host, the same natively and in containers."""
    return "trino", "localhost", *([host] if host.isascii() else []), "127.0.0.1"


def refuse_unfit(file: Path, authority: Path | None, wanted: Sequence[str], said: str) -> None:
    """Raise CertificateError for a given certificate that clients would refuse by one of these names; `said` in the message."""
    for path in (file, *([authority] if authority else [])):
        if not _lasts(path, timedelta()):
            raise CertificateError(f"{path} is no valid certificate, or it has expired")
    try:
        refused = _refused_name(file, authority, wanted)
    except ssl.SSLError:
        raise CertificateError(f"{file} holds no private key, or not that of its first certificate") from None
    if refused:
        signer = authority or "an authority that the system knows"
        raise CertificateError(f"{file} must be signed by {signer} and be for {said}: {refused}")


def _lasts(file: Path, time: timedelta) -> bool:
    """Whether a file's first certificate is there and valid for so long."""
    try:
        certificate = x509.load_pem_x509_certificates(file.read_bytes())[0]
    except (OSError, ValueError):
        return False
    return certificate.not_valid_after_utc > datetime.now(UTC) + time


def _refused_name(file: Path, authority: Path | None, wanted: Sequence[str]) -> str | None:
    """Why a client that trusts the authority refuses the certificate under one of these names; None when it takes it.

    Server and client greet each other in memory, so it is what clients do. Raises ssl.SSLError for a key that does not fit.
    """
    client_side = ssl.create_default_context(cafile=authority)
    client_side.verify_flags &= ~ssl.VERIFY_X509_STRICT  # as requests and Java do not ask for it either
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(file, password=lambda: "")  # else a key that is encrypted would be asked for on the terminal
    for name in wanted:
        to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = client_side.wrap_bio(to_client, to_server, server_hostname=name)
        server = server_side.wrap_bio(to_server, to_client, server_side=True)
        try:
            for side in (client, server, client):
                _greet(side)
        except ssl.SSLCertVerificationError as error:
            return error.verify_message
    return None


def _greet(side: ssl.SSLObject) -> None:
    with suppress(ssl.SSLWantReadError):  # it is the other side's turn
        side.do_handshake()


def _new_authority() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("PV Lakehouse")
    usage = dict.fromkeys(("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"), False)
    usage |= dict.fromkeys(("key_agreement", "encipher_only", "decipher_only"), False) | {"key_cert_sign": True, "crl_sign": True}
    builder = (
        _builder(name, key.public_key(), name, key.public_key(), AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
    )
    return key, builder.sign(key, hashes.SHA256())


def _new_certificate(signing_key: ec.EllipticCurvePrivateKey, authority: x509.Certificate, names: Sequence[str]) -> bytes:
    """PEM of a new key and its certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    usage = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False)
    usage |= dict.fromkeys(("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False) | {"digital_signature": True}
    certificate = (
        _builder(_name("trino"), key.public_key(), authority.subject, signing_key.public_key(), CERTIFICATE_DAYS)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.KeyUsage(**usage), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=False)
        .sign(signing_key, hashes.SHA256())
    )
    return _pem(key) + certificate.public_bytes(Encoding.PEM)


def _builder(
    subject: x509.Name, key: ec.EllipticCurvePublicKey, issuer: x509.Name, issuer_key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number(), now, now + timedelta(days=days))
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False).add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
