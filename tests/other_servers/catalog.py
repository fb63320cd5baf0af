"""What tests/on_other_servers.sh asks of Nessie, as the administrator of a person's own catalog would.

`settings FOLDER`: writes `nessie.properties`, and `catalog.env`, the stack's settings for it, with tokens made up for this run.
`wait`: until the server answers. Settings are the process environment's.
"""

from __future__ import annotations

import base64
import os
import secrets
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from include.settings import Settings, read_settings
from infra.services.service import port_of
from infra.setup import external_catalog

READY_WITHIN_SECONDS = 90
WAREHOUSE = "second"
"""A name, where our own catalog takes the S3 address."""
RULES = {
    "writer": "role == 'writer'",
    "reader": "role == 'reader' && op in ['VIEW_REFERENCE', 'READ_ENTRIES', 'READ_CONTENT_KEY', 'READ_ENTITY_VALUE']",
}


def tokens(key: rsa.RSAPrivateKey) -> dict[str, str]:
    """A token by the role that Nessie's rules know it by; it does not expire, as `docs/storage.md` asks."""
    return {role: jwt.encode({"sub": role, "iat": int(time.time()), "exp": 2**31}, key, algorithm="RS256") for role in RULES}


def nessie(settings: Settings, key: rsa.RSAPrivateKey, s3_secret: str) -> dict[str, str]:
    """Nessie's configuration: tokens are asked for, the reader may only read, tables lie where the settings say."""
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    s3 = "nessie.catalog.service.s3.default-options"
    return {
        "quarkus.http.host": str(urlsplit(settings.iceberg_rest_uri).hostname),
        "quarkus.http.port": str(port_of(settings.iceberg_rest_uri)),
        "quarkus.management.host": "127.0.0.1",
        "quarkus.management.port": "0",
        "quarkus.oidc.tenant-enabled": "true",
        "quarkus.oidc.client-id": "lakehouse",
        "quarkus.oidc.public-key": base64.b64encode(public).decode(),
        "nessie.server.authentication.enabled": "true",
        "nessie.server.authorization.enabled": "true",
        **{f"nessie.server.authorization.rules.{role}": rule for role, rule in RULES.items()},
        "nessie.version.store.type": "IN_MEMORY",
        "nessie.catalog.default-warehouse": WAREHOUSE,
        f"nessie.catalog.warehouses.{WAREHOUSE}.location": settings.iceberg_warehouse,
        f"{s3}.endpoint": settings.minio_endpoint,
        f"{s3}.region": settings.s3_region,
        f"{s3}.path-style-access": "true",
        f"{s3}.request-signing-enabled": "false",  # clients bring their own keys
        f"{s3}.access-key": "urn:nessie-secret:quarkus:second-catalog.s3",
        "second-catalog.s3.name": settings.catalog_s3_access_key,
        "second-catalog.s3.secret": s3_secret,
    }


def write(folder: Path, settings: Settings) -> None:
    """Both files hold secrets (mode 0600, by the caller's umask)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    s3_secret = settings.catalog_s3_secret_key.get_secret_value() or secrets.token_urlsafe(32)
    lines = [f"{name}={value}" for name, value in nessie(settings, key, s3_secret).items()]
    (folder / "nessie.properties").write_text("\n".join(lines) + "\n", encoding="utf-8")
    ours = {"CATALOG_SERVER": "external", "ICEBERG_REST_WAREHOUSE": WAREHOUSE, "CATALOG_S3_SECRET_KEY": s3_secret}
    ours |= {"ICEBERG_REST_URI": f"{settings.iceberg_rest_uri}/iceberg"}
    ours |= {f"CATALOG_{role.upper()}_TOKEN": token for role, token in tokens(key).items()}
    (folder / "catalog.env").write_text("".join(f"{name}={value}\n" for name, value in ours.items()), encoding="utf-8")


def wait_until_ready(settings: Settings) -> None:
    """Raises CatalogError when it does not take the tokens in time."""
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while external_catalog.refusals(settings) and time.monotonic() < deadline:
        time.sleep(0.5)
    print(f"second catalog: {external_catalog.ask(settings)}")


if __name__ == "__main__":
    os.umask(0o077)
    if sys.argv[1] == "settings":
        write(Path(sys.argv[2]), read_settings())
    else:
        wait_until_ready(read_settings())
