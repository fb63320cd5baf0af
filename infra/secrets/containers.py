"""The containers' secrets: every file that infra/compose.yaml mounts is there, with a value where one is needed."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from include.secret_rules import PLACEHOLDER
from include.settings import Settings, names_of_generated, names_of_own, refuse_missing_external
from infra.secrets import rotation, values
from infra.secrets.certificate import CertificateError, Files, names, refuse_unfit
from infra.secrets.machine import GivenError, Machine
from infra.secrets.rotation import RotationError
from infra.secrets.store import OF_PEOPLE, PRIVATE, Store

ROTATE = "docker/stack.sh rotate {}"
CERTIFICATES = ("trino_ca", "trino_certificate")
AUTHORITY_KEY = "trino_ca_key"
OF_TRINO = ("trino", "127.0.0.1")
"""What the other services call it; its health check and this machine's clients."""
SAID = "DNS:trino and IP:127.0.0.1"


def fill(store: Store, given: Machine) -> None:
    """Write what is missing. Raises RefusedError and SettingsError before anything is written, but for the certificate."""
    settings = given.settings
    given.refuse_unreachable()
    if ignored := given.ignored(set(given.variables.get("pv_taken", "").split())):
        sys.stderr.write(f"compose: containers do not take from .env: {' '.join(ignored)}\n")
    _refuse_placeholder(given)
    external = _external(store, settings)
    if lost := given.variables.get("pv_data_are_there"):
        values.refuse_lost(store, settings, lost)
    values.refuse_unfit(store, settings, is_in_use=False, rotate=ROTATE)
    _certificate(store, given)
    values.fill(store, settings)
    current = store.values()
    store.overwrite(external | {name: value for name, value in given.people().items() if current.get(name, "") != value})
    store.overwrite(dict.fromkeys(_missing_files(store, *names_of_generated(), *OF_PEOPLE), ""))


def begin(store: Store, given: Machine, wanted: Iterable[str]) -> None:
    """Write the next values of the secrets named. Raises RefusedError."""
    if missing := _missing_files(store, *names_of_generated(), *OF_PEOPLE, *CERTIFICATES):
        raise RotationError(f"{missing[0].upper()} is new in this version: docker/stack.sh up first")
    _refuse_placeholder(given)
    settings, lower = given.settings, [name.lower() for name in wanted]
    told = [name for name in lower if name in (*OF_PEOPLE, *_names_of_external(settings))]
    if without := [name.upper() for name in told if not given.variables.get(name)]:
        raise RotationError(f"no value for {', '.join(without)}: give it in the environment or in .env")
    following = {name: given.variables[name] for name in told}
    made_up = [name for name in lower if name not in (*told, *CERTIFICATES)]
    if made_up or not lower:
        chosen = rotation.chosen(settings, made_up)
        following |= values.next_values(chosen, values.given_values(settings), store.values())
    certificates = [name.upper() for name in lower if name in CERTIFICATES]
    with store.beginning() as draft:
        draft.write(following)
        if certificates:
            _next_certificate(store, draft, given, certificates)
    if given.variables.get("trino_certificate") and certificates:
        store.remove(AUTHORITY_KEY)  # of the authority before


def _missing_files(store: Store, *names: str) -> list[str]:
    return [name for name in names if not (store.folder / name).exists()]


def _names_of_external(settings: Settings) -> list[str]:
    """Secrets that are never made up with these settings."""
    return [name for name in names_of_generated() if name not in names_of_own(settings)]


def _refuse_placeholder(given: Machine) -> None:
    """Of what no setting has, so that no validator has seen it."""
    if PLACEHOLDER.search(given.variables.get("https_proxy", "")):
        raise GivenError("HTTPS_PROXY: still holds a placeholder: set it or leave it empty")


def _external(store: Store, settings: Settings) -> dict[str, str]:
    """Keys and tokens that servers know which are not the stack's own, which have no file yet."""
    current = store.values()
    names_of_external = _names_of_external(settings)
    given = {name: settings.secret(name) for name in names_of_external if settings.has(name)}
    for name, value in given.items():
        if current.get(name, value) != value:
            raise GivenError(
                f"{name.upper()} is another than the one in use: `{ROTATE.format(name.upper())}` makes it the new one; "
                "for another store or catalog begin with another PV_PROJECT and PV_SECRETS_DIR"
            )
    refuse_missing_external(settings.with_secrets({name: current[name] for name in names_of_external if name in current}))
    return {name: value for name, value in given.items() if name not in current}


def _certificate(store: Store, given: Machine) -> None:
    if given.variables.get("trino_certificate"):
        _take_given(store, given)
        store.remove(AUTHORITY_KEY)  # of the authority before
        return
    files, key = _files(store, store, given), store.folder / AUTHORITY_KEY
    if files.certificate.exists() and not key.exists():  # one's own is not ours to replace
        try:
            refuse_unfit(files.certificate, files.authority, OF_TRINO, SAID)
        except CertificateError as error:
            raise CertificateError(f"{error}: give a new one as TRINO_CERTIFICATE and TRINO_CA") from None
    else:
        files.prepare()


def _next_certificate(store: Store, draft: Store, given: Machine, what: list[str]) -> None:
    """One's own, where one is given; else made, by the authority that is there unless it is named too."""
    if given.variables.get("trino_certificate"):
        _take_given(draft, given)
    elif "TRINO_CA" in what:
        _files(draft, draft, given).make(*what)
    elif (store.folder / AUTHORITY_KEY).exists():
        _files(store, draft, given).make(*what)
    else:
        raise CertificateError("the certificate was given: give a new one as TRINO_CERTIFICATE and TRINO_CA")


def _take_given(store: Store, given: Machine) -> None:
    """Try a certificate of one's own as clients would, and keep it."""
    pems = {name: given.variables.get(f"{name}_pem", "") for name in CERTIFICATES}
    if not given.variables.get("trino_ca"):
        raise CertificateError("set TRINO_CA to the certificate of the authority that signed TRINO_CERTIFICATE")
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / name for name in CERTIFICATES}
        for name, file in files.items():
            file.write_text(pems[name], encoding="utf-8")
        try:
            refuse_unfit(files["trino_certificate"], files["trino_ca"], OF_TRINO, SAID)
        except CertificateError as error:
            said = str(error)
            for name, file in files.items():
                said = said.replace(str(file), given.variables[name])
            raise CertificateError(said) from None
    current = {name: (store.folder / name).read_text(encoding="utf-8") for name in CERTIFICATES if (store.folder / name).exists()}
    store.overwrite({name: pem for name, pem in pems.items() if current.get(name) != pem})


def _files(authority: Store, certificate: Store, given: Machine) -> Files:
    def write(path: Path, content: bytes) -> None:
        store, text = Store(path.parent, is_mounted=True), content.decode()
        if path.name == AUTHORITY_KEY:  # no container has it
            store.write({path.name: text}, PRIVATE)
        else:
            store.overwrite({path.name: text})

    host = given.variables.get("trino_certificate_host") or given.variables.get("pv_machine_name", "")
    key, signer = authority.folder / AUTHORITY_KEY, authority.folder / "trino_ca"
    return Files(key, signer, certificate.folder / "trino_certificate", names(host), write)
