"""An installation of the last version comes up with this one: the stack began with its data (tests/last_version)."""

from __future__ import annotations

import io
import json
import os
import tarfile
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from dotenv import dotenv_values

from include.contracts import load
from include.paths import PROJECT_ROOT
from include.settings import names_of_own
from infra.commands.backfill import backfill
from tests.e2e import deployments
from tests.e2e.conftest import Stack

FOLDER = Path(os.environ.get("PV_LAST_VERSION", PROJECT_ROOT / "tests/last_version"))

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif("PV_TEST_EMPTY" in os.environ or not (FOLDER / "gold.json").exists(), reason="the stack began empty"),
]


def secrets_of_the_last_version() -> dict[str, str | None]:
    """Values by variable: of its secrets file, or of its folder of secrets."""
    if deployments.this_one() == deployments.COMPOSE:
        files = [path for path in (FOLDER / "secrets").iterdir() if path.is_file()]
        return {path.name.upper(): path.read_text(encoding="utf-8") for path in files}
    with tarfile.open(FOLDER / "data.tar.xz") as archive:
        file = archive.extractfile("./secrets.env")
        assert file
        return dotenv_values(stream=io.StringIO(file.read().decode()), interpolate=False)


def check_published(stack: Stack) -> None:
    """Gold has what the last version published, row for row."""
    published = json.loads((FOLDER / "gold.json").read_text(encoding="utf-8"))

    assert set(published) == {"gold.daily_plant_kpi", "gold.plant_weather_hourly"}
    for table, was in published.items():
        columns, key = ", ".join(was["columns"]), ", ".join(load(table).key)
        # Other tests ask for more farms, which are expected on that day from then on.
        plants = ", ".join(sorted({f"'{row[was['columns'].index('plant_id')]}'" for row in was["rows"]}))
        rows = stack.query(
            f"SELECT {columns} FROM {table} WHERE ds = DATE '2024-11-20' AND plant_id IN ({plants}) ORDER BY {key}"
        )
        assert json.loads(json.dumps(rows, default=str)) == was["rows"]
        assert rows


def test_what_the_last_version_published_is_there(stack: Stack) -> None:
    check_published(stack)


@pytest.mark.long
def test_one_backfill_from_landing_gives_bronze_what_it_did_not_hold(stack: Stack) -> None:
    of_the_day = "window_start_utc < TIMESTAMP '2024-11-20 14:00 UTC' AND window_end_utc > TIMESTAMP '2024-11-19 14:00 UTC'"
    known = (
        "SELECT count(*), count_if(facility_codes IS NOT NULL AND reader_version IS NOT NULL) FROM bronze.api_requests "
        f"WHERE source = 'oe_generation' AND {of_the_day}"
    )
    assert stack.query(known)[0][1] == 0

    assert backfill(stack.settings, "2024-11-20", "2024-11-21", "landing") == 0

    loaded, read_again = stack.query(known)[0]
    assert loaded == read_again > 0
    of_registry = "SELECT count(*) FROM bronze.api_requests WHERE source = 'oe_facilities' AND reader_version IS NULL"
    assert stack.value(of_registry) == 0
    check_published(stack)


def test_its_secrets_are_kept_and_new_ones_are_beside_them(stack: Stack) -> None:
    old, now = secrets_of_the_last_version(), stack.secrets()

    assert len(old) > 20
    assert {name for name, value in old.items() if name in now and value != now[name]} == set()
    assert all(stack.settings.has(name) for name in names_of_own(stack.settings))
    assert not stack.settings.former_secrets_file.exists()


@pytest.mark.parametrize("name", ["lakehouse-admin", "landing", "spark", "trino", "catalog", "mlflow", "reader"])
def test_the_names_that_its_users_of_the_store_had_open_nothing(stack: Stack, name: str) -> None:
    """They were the same in every installation; their secrets are those that are in use now."""
    variable = "MINIO_SECRET_KEY" if name == "lakehouse-admin" else f"{name.upper()}_S3_SECRET_KEY"
    client = boto3.client(
        "s3",
        endpoint_url=stack.settings.minio_endpoint,
        region_name=stack.settings.s3_region,
        aws_access_key_id=name,
        aws_secret_access_key=stack.secrets()[variable],
    )

    with pytest.raises(ClientError, match="InvalidAccessKeyId"):
        client.list_objects_v2(Bucket="lakehouse", MaxKeys=1)
