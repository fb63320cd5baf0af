"""The notebooks, executed as a person would: with the addresses and passwords of the stack in the kernel's environment."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from include import lakehouse
from include.paths import PROJECT_ROOT
from tests.e2e.conftest import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

NOTEBOOKS = PROJECT_ROOT / "notebooks"
CELL_LIMIT_SECONDS = 240
NUMBER = r"(-?[\d.]+(?:e[+-]\d+)?)"
RECORDED_DAYS = "ds BETWEEN DATE '2025-01-01' AND DATE '2025-01-07'"


def environment(stack: Stack, home: Path) -> dict[str, str]:
    """What a person's kernel is told, and nothing else of this process."""
    settings = stack.settings
    scheme, host, port = lakehouse.address_of(settings, lakehouse.ANALYST)
    env = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    env |= {"HOME": str(home), "PYTHONPATH": str(PROJECT_ROOT)}
    env |= {"TRINO_SCHEME": scheme, "TRINO_HOST": host, "TRINO_PORT": str(port)}
    if scheme == "https":
        env["TRINO_ANALYST_PASSWORD"] = lakehouse.password(settings, lakehouse.ANALYST)
        env |= {"TRINO_CA_FILE": str(settings.trino_authority)} if settings.trino_authority else {}
    env |= {"MLFLOW_TRACKING_URI": settings.mlflow_tracking_uri, "MLFLOW_TRACKING_USERNAME": "scientist"}
    return env | {"MLFLOW_TRACKING_PASSWORD": settings.secret("mlflow_scientist_password")}


class Executed:
    """A notebook that ran to its end."""

    def __init__(self, stack: Stack, home: Path, name: str, parameters: dict[str, Any]) -> None:
        self.notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
        place = 1 + self.notebook.cells.index(self.cell("parameters"))
        given = "\n".join(f"{name} = {value!r}" for name, value in parameters.items())
        self.notebook.cells.insert(place, nbformat.v4.new_code_cell(given))
        where = {"metadata": {"path": str(NOTEBOOKS)}}
        NotebookClient(self.notebook, timeout=CELL_LIMIT_SECONDS, resources=where).execute(env=environment(stack, home))

    def cell(self, tag: str) -> Any:
        """The one cell with a tag."""
        (found,) = (cell for cell in self.notebook.cells if tag in cell["metadata"].get("tags", ()))
        return found

    def printed(self, tag: str) -> str:
        """What a cell printed."""
        return "".join(output["text"] for output in self.cell(tag)["outputs"] if output.get("name") == "stdout")

    def numbers(self, tag: str, pattern: str) -> list[float]:
        """Numbers in what a cell printed, where `#` stands in a pattern."""
        found = re.search(re.escape(pattern).replace(r"\#", NUMBER), self.printed(tag))
        assert found, self.printed(tag)
        return [float(number) for number in found.groups()]

    def figures(self) -> int:
        """How many pictures it shows."""
        outputs = [output for cell in self.notebook.cells for output in cell.get("outputs", ())]
        return sum("image/png" in output.get("data", {}) for output in outputs)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home for what kernels leave, which would otherwise be that of who runs the tests."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    return tmp_path


@pytest.fixture
def losses(recorded_week: Stack) -> Stack:
    """The recorded week with its losses."""
    judged = f"SELECT count(DISTINCT plant_id) FROM gold.plant_loss_hourly WHERE {RECORDED_DAYS} AND expected_mwh IS NOT NULL"
    assert recorded_week.value(judged) >= 8
    return recorded_week


def test_the_losses_of_a_farm_add_up_to_what_was_expected(losses: Stack, home: Path) -> None:
    parameters = {"PLANT_ID": "YATSF1", "UNTIL": "2025-01-07", "DAYS": 7}
    ran = Executed(losses, home, "why_was_it_low", parameters)

    expected, energy, lost = ran.numbers("identity", "expected # MWh = energy # MWh + losses # MWh")
    (left_over,) = ran.numbers("identity", "largest difference of an hour: # MWh")
    ((true_expected, true_energy),) = losses.query(
        "SELECT sum(expected_mwh), sum(energy_mwh) FROM gold.plant_loss_hourly"
        f" WHERE plant_id = 'YATSF1' AND {RECORDED_DAYS} AND expected_mwh IS NOT NULL"
    )
    assert (expected, energy) == pytest.approx((true_expected, true_energy), abs=0.001)
    assert expected > 1000
    assert expected == pytest.approx(energy + lost, abs=0.002)
    assert left_over < 1e-6
    assert ran.figures() == 2


def test_without_a_choice_it_shows_the_farm_that_lost_most(losses: Stack, home: Path) -> None:
    ran = Executed(losses, home, "why_was_it_low", {})

    (left_over,) = ran.numbers("identity", "largest difference of an hour: # MWh")
    assert left_over < 1e-6
    assert ran.figures() == 2


def test_a_trial_is_fitted_compared_registered_and_loaded(losses: Stack, home: Path) -> None:
    ran = Executed(losses, home, "train_compare_register", {"UNTIL": "2025-01-07 14:00", "DAYS": 7})

    assert "too few days for a fit" in ran.printed("fit")
    assert "better: False" in ran.printed("compare")
    (version,) = ran.numbers("register", "plant-energy-trial version #")
    asked = {"name": "plant-energy-trial", "alias": "candidate"}
    known = losses.mlflow("reader", "GET", "api/2.0/mlflow/registered-models/alias", params=asked).json()["model_version"]
    assert int(known["version"]) == version
    assert {"key": "is_better", "value": "False"} in known["tags"]
    # A week is too short for a fit, so what was logged and loaded again is the prior, as it is in the table.
    farm = ran.printed("promote").splitlines()[-1].split(",")[0]
    hours, expected = ran.numbers("promote", f"{farm}, # hours: expected # MWh, made")
    ((true_hours, true_expected),) = losses.query(
        "SELECT count(*), sum(expected_mwh) FROM gold.plant_loss_hourly"
        f" WHERE plant_id = '{farm}' AND {RECORDED_DAYS} AND expected_mwh IS NOT NULL AND energy_mwh IS NOT NULL"
    )
    assert (hours, expected) == (true_hours, pytest.approx(true_expected, abs=0.001))
    assert not [name for name, secret in losses.secrets().items() if secret in nbformat.writes(ran.notebook)]
