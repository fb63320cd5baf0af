"""A data folder that is in use, and secrets that are not the ones that made it, tried on the running stack."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from include.paths import PROJECT_ROOT
from infra.secrets.values import new_secret
from infra.services import databases
from infra.setup import data_folder
from infra.setup.data_folder import DataFolderError
from tests.e2e.conftest import Stack

pytestmark = pytest.mark.stack


def test_the_up_of_another_clone_is_refused_and_names_this_one(stack: Stack, tmp_path: Path) -> None:
    for part in ("include", "infra", "docker"):
        shutil.copytree(PROJECT_ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("target", "__pycache__"))
    properties = stack.settings.pv_data_dir / "run" / "spark.properties"
    before = properties.stat().st_mtime_ns

    env = os.environ | {"PV_DATA_DIR": str(stack.settings.pv_data_dir)}
    for command in (["up"], ["rotate", "TRINO_PROBE_PASSWORD"]):
        program = [sys.executable, "-m", "infra", *command]
        done = subprocess.run(program, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        (line,) = done.stderr.splitlines()
        assert done.returncode == 1
        assert f"PV_DATA_DIR={stack.settings.pv_data_dir} is in use by the clone in {PROJECT_ROOT} (supervisor: process " in line

    assert properties.stat().st_mtime_ns == before


def test_another_password_of_postgres_and_another_fernet_key_are_told_from_the_right_ones(stack: Stack) -> None:
    right = stack.settings
    wrong = right.model_copy(update={name: SecretStr(new_secret(name)) for name in ("postgres_password", "airflow_fernet_key")})

    assert (databases.refuses_password(right), databases.refuses_password(wrong)) == (False, True)
    data_folder.refuse_another_fernet_key(right)
    with pytest.raises(DataFolderError, match=r"^AIRFLOW_FERNET_KEY is not the one that encrypted Airflow's variables"):
        data_folder.refuse_another_fernet_key(wrong)
