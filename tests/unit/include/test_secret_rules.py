"""Which values a secret may have."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.secret_rules import flaw
from include.settings import SettingsError, names_of_generated, read_settings

FERNET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
GOOD = "0123456789abcdef01234567"
PLACEHOLDER, SHORT, KEY = "a placeholder", "characters or more", "urlsafe base64"

# (secret, value, what is wrong with it when it is new, and when an installation has it already)
CASES = [
    ("postgres_password", GOOD, None, None),
    ("postgres_password", "a.b_c~d+e/f=g-0123456789", None, None),
    ("postgres_password", "yourtoken1234", PLACEHOLDER, PLACEHOLDER),
    ("postgres_password", "your_password_goes_here_1", PLACEHOLDER, PLACEHOLDER),
    ("postgres_password", "for-yourself-0123456789ab", None, None),
    ("postgres_password", "Yours-sincerely-0123456789", None, None),
    ("postgres_password", "abc<def", SHORT, None),
    ("postgres_password", "<password>", PLACEHOLDER, PLACEHOLDER),
    ("postgres_password", "please-change_me", PLACEHOLDER, PLACEHOLDER),
    ("postgres_password", "ChangeMe", PLACEHOLDER, PLACEHOLDER),
    ("postgres_password", "oe_…", PLACEHOLDER, PLACEHOLDER),
    ("postgres_password", "exchange-mechanism-0123456", PLACEHOLDER, PLACEHOLDER),
    ("postgres_password", "short", SHORT, None),
    ("postgres_password", f"{GOOD} {GOOD}", SHORT, SHORT),
    ("postgres_password", f"{GOOD}\n{GOOD}", SHORT, SHORT),
    ("postgres_password", f"{GOOD}'", SHORT, SHORT),
    ("postgres_password", f"{GOOD}\\", SHORT, SHORT),
    ("postgres_password", f"{GOOD}@$#", SHORT, None),
    ("postgres_password", f"{GOOD}ü", SHORT, None),
    ("minio_secret_key", "given-by-a-person", SHORT, None),
    ("minio_secret_key", "seven77", SHORT, SHORT),
    ("spark_s3_secret_key", GOOD, None, None),
    ("catalog_writer_token", "0123456789abcdef0123456", SHORT, SHORT),
    ("catalog_writer_token", GOOD, None, None),
    ("airflow_fernet_key", FERNET, None, None),
    ("airflow_fernet_key", f"{FERNET},{FERNET}", SHORT, None),
    ("airflow_fernet_key", FERNET.rstrip("="), KEY, KEY),
    ("airflow_fernet_key", FERNET[4:], KEY, KEY),
    ("airflow_fernet_key", GOOD, KEY, KEY),
]


@pytest.mark.parametrize(("name", "value", "new", "in_use"), CASES)
def test_a_value_that_cannot_be_is_refused_in_words_that_do_not_hold_it(
    name: str, value: str, new: str | None, in_use: str | None
) -> None:
    kind = names_of_generated()[name]

    for expected, said in ((new, flaw(value, kind) or ""), (in_use, flaw(value, kind, is_in_use=True) or "")):
        assert (expected in said) if expected else not said
        assert value not in said


@pytest.mark.parametrize(("value", "is_taken"), [("oe_key", True), ("a<b", True), ("your_key", False), ("oe_<key>", False)])
def test_of_keys_that_others_make_only_placeholders_are_refused(
    value: str, is_taken: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PV_DATA_DIR", str(tmp_path))
    (tmp_path / ".env").write_text(f"OPEN_NEM_PRIMARY={value}\n")

    if is_taken:
        assert read_settings(tmp_path / ".env").secret("open_nem_primary") == value
    else:
        with pytest.raises(SettingsError, match="OPEN_NEM_PRIMARY: still holds a placeholder"):
            read_settings(tmp_path / ".env")
