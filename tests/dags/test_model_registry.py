"""MLflow follows the table of plant models: what is registered, where the aliases point, what a run holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from include.expected_energy.champions import Role, Version
from include.expected_energy.parameters import WEATHER, parameters
from include.paths import PROJECT_ROOT
from infra.services import mlflow_users
from plugins import model_registry, model_runs
from plugins.model_registry import TAG

START = datetime(2025, 1, 3, 14, tzinfo=UTC)
WRITTEN = START + timedelta(days=91)


def version(number: int, role: str, *, reason: str = "its error is 1.0% smaller") -> Version:
    return Version(number, Role(role), START, START + timedelta(days=90), 0, False, reason)


class Registry:
    """MLflow's registered versions, by the table's number, and its aliases."""

    def __init__(self, numbers: dict[str, str], aliases: dict[str, str]) -> None:
        self.versions = [SimpleNamespace(version=version, tags={TAG: number}) for version, number in numbers.items()]
        self.aliases = dict(aliases)
        self.calls: list[tuple[str, ...]] = []

    def search_model_versions(self, _: str) -> list[SimpleNamespace]:
        return self.versions

    def get_registered_model(self, _: str) -> SimpleNamespace:
        return SimpleNamespace(aliases=self.aliases)

    def set_registered_model_alias(self, _: str, alias: str, version: str) -> None:
        self.calls.append(("set", alias, version))
        self.aliases[alias] = version

    def delete_registered_model_alias(self, _: str, alias: str) -> None:
        self.calls.append(("delete", alias))
        del self.aliases[alias]


@pytest.fixture
def follow(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Follow a table of these versions; what is registered gets the version after MLflow's newest."""

    def run(client: Registry, *versions: Version) -> dict[str, str]:
        def register(_: Any, client: Registry, asked: Version) -> str:
            made = str(max((int(each.version) for each in client.versions), default=0) + 1)
            client.versions.append(SimpleNamespace(version=made, tags={TAG: str(asked.number)}))
            client.calls.append(("register", str(asked.number)))
            return made

        monkeypatch.setattr(model_registry.plant_models, "versions", lambda _: list(versions))
        monkeypatch.setattr(model_registry, "register", register)
        return model_registry.follow_table(None, client)

    return run


def test_a_first_fit_that_is_not_better_than_the_prior_is_the_challenger_and_nobody_is_champion(follow: Any) -> None:
    client = Registry({}, {})

    assert follow(client, version(1, "challenger")) == {"challenger": "1"}
    assert client.calls == [("register", "1"), ("set", "challenger", "1")]


def test_a_second_look_does_nothing(follow: Any) -> None:
    client = Registry({"1": "1", "2": "2"}, {"champion": "1", "challenger": "2", "for_the_paper": "1"})

    assert follow(client, version(1, "champion"), version(2, "challenger")) == {"champion": "1", "challenger": "2"}
    assert client.calls == []


def test_after_an_outage_of_weeks_the_champion_and_the_newest_fit_are_registered_and_the_others_are_not(follow: Any) -> None:
    client = Registry({"7": "1"}, {"champion": "7"})
    versions = [version(1, "former"), version(2, "refused"), version(3, "champion"), version(4, "refused")]

    found = follow(client, *versions, version(5, "challenger"))

    assert found == {"champion": "8", "challenger": "9"}
    assert [call for call in client.calls if call[0] == "register"] == [("register", "3"), ("register", "5")]


@pytest.mark.parametrize("aliases", [{}, {"champion": "2", "challenger": "1"}, {"champion": "1"}])
def test_an_alias_that_is_gone_or_wrong_is_set_right(follow: Any, aliases: dict[str, str]) -> None:
    client = Registry({"1": "1", "2": "2"}, aliases | {"for_the_paper": "2"})

    follow(client, version(1, "champion"), version(2, "challenger"))

    assert client.aliases == {"champion": "1", "challenger": "2", "for_the_paper": "2"}


def test_a_promoted_fit_is_no_challenger_any_more_and_the_prior_has_no_alias(follow: Any) -> None:
    client = Registry({"1": "1"}, {"challenger": "1"})
    follow(client, version(1, "champion"))
    assert client.aliases == {"champion": "1"}

    follow(client, version(1, "former"))  # set back to the registry's prior
    assert client.aliases == {}


def test_versions_of_other_people_do_not_count_and_of_two_the_newer_one_does() -> None:
    client = Registry({"9": "3", "10": "3", "11": "by hand"}, {})
    client.versions.append(SimpleNamespace(version="12", tags={}))

    assert model_registry.registered(client) == {3: "10"}


def test_an_empty_table_asks_nothing_of_mlflow_that_has_nothing(follow: Any) -> None:
    client = Registry({}, {})
    client.get_registered_model = None  # type: ignore[assignment,method-assign]  # there is no such model

    assert follow(client) == {}


def test_who_registers_may_change_this_model_and_no_other() -> None:
    models = {pattern: right for (kind, pattern), right in mlflow_users.ROLES["writer"].items() if kind == "registered_model"}

    assert models == {model_registry.MODEL: "MANAGE"}  # to remove an alias is to delete


# --- What a run holds


def plant(code: str, **changes: Any) -> dict[str, Any]:
    row = {
        "plant_id": code,
        "latitude": -34.9,
        "longitude": 146.6,
        "method": "fitted",
        "mounting": "tracker",
        "is_mounting_decided": True,
        "effective_dc_mw": 250.0,
        "ac_limit_mw": 190.0,
        "capacity_mw": 190.0,
        "bid_aud_mwh": None,
        "days": 90,
        "held_out_mae_share": 0.04,
        "_run_id": "scheduled__2025-04-05",
        "_updated_at": WRITTEN,
    }
    return row | changes


def hours(code: str, days: int = 3) -> list[dict[str, Any]]:
    starts = [START + timedelta(hours=hour) for hour in range(24 * days)]
    light = [max(0.0, float(np.sin(np.pi * (start.hour + 10 - 30) / 12))) for start in starts]
    return [
        {"plant_id": code, "ts_utc": start, "ghi_w_m2": 900 * up, "dhi_w_m2": 100 * up, "temperature_c": 25.0,
         "wind_speed_m_s": 3.0, "energy_mwh": None if hour == 30 else 180 * up}
        for hour, (start, up) in enumerate(zip(starts, light, strict=True))
    ]  # fmt: skip


COMPARED = {"compared_with": 0, "plants": 2, "days": 7, "mae_share": None, "gain": None, "is_better": False, "reason": "7 days"}


def test_a_fleets_figures_leave_out_what_nobody_knows() -> None:
    plants = [plant("A"), plant("B", method="prior", is_mounting_decided=False), plant("C", bid_aud_mwh=-20.0)]

    assert model_runs.metrics(plants, COMPARED) == {
        "plants": 3.0,
        "plants_fitted": 2.0,
        "plants_provisional": 0.0,
        "plants_prior": 1.0,
        "plants_with_decided_mounting": 2.0,
        "plants_with_bid": 1.0,
        "compared_plants": 2.0,
        "compared_days": 7.0,
        "is_better": 0.0,
    }
    assert "compared_days" not in model_runs.metrics(plants, {})


def test_a_run_says_window_rules_and_snapshots() -> None:
    found = model_runs.params(version(4, "challenger"), [plant("A")], {"silver.dim_plant": 7, "silver.fact_market_hourly": None})

    assert (found["fitted_from"], found["fitted_to"]) == ("2025-01-03T14:00:00Z", "2025-04-03T14:00:00Z")
    assert (found["snapshot_id.silver.dim_plant"], found["snapshot_id.silver.fact_market_hourly"]) == ("7", "None")
    assert (found["airflow_run_id"], found["rounds"], found["champion_least_days"]) == ("scheduled__2025-04-05", "3", "14")
    assert list(model_runs.table([plant("A")]).columns)[-1] == "held_out_mae_share"


def test_the_largest_fitted_plants_are_drawn() -> None:
    sizes = {"A": 10.0, "B": 40.0, "C": 20.0, "D": 30.0, "E": 5.0}
    plants = [plant(code, capacity_mw=size) for code, size in sizes.items()]
    plants += [plant("PRIOR", capacity_mw=500.0, method="prior"), plant("NOWHERE", capacity_mw=600.0, latitude=None)]

    assert [each["plant_id"] for each in model_runs.plotted(plants)] == ["B", "D", "C", "A"]
    assert [each["plant_id"] for each in model_runs.plotted(plants[-2:])] == ["PRIOR"]


def test_a_plants_picture_is_drawn_from_rows_of_trino_with_gaps() -> None:
    drawn = model_runs.picture(plant("A"), hours("A"), parameters(4, [plant("A")]))

    assert drawn.get_suptitle() == "A, version 4: fitted, tracker"
    assert len(drawn.axes[1].patches) == 3
    assert model_runs.picture(plant("A"), [], parameters(4, [plant("A")])).axes  # a plant without weather


@pytest.mark.stack  # no stack is asked, but MLflow's database takes half a minute to make
def test_a_registered_version_can_be_loaded_where_the_project_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os
    import subprocess
    import sys

    import mlflow.tracking._tracking_service.utils as tracking

    # What MLflow and `connect` note for the whole process is put back for the tests after it.
    monkeypatch.setattr(os, "environ", os.environ.copy())
    monkeypatch.setattr(tracking, "_tracking_uri", None)
    given_plants = [plant("A"), plant("B", method="prior", capacity_mw=50.0)]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(model_registry.plant_models, "versions", lambda _: [version(4, "challenger")])
    monkeypatch.setattr(model_registry.plant_models, "plants", lambda *_: given_plants)
    monkeypatch.setattr(model_registry.plant_models, "comparison", lambda *_: COMPARED)
    monkeypatch.setattr(model_registry.plant_models, "snapshots", lambda *_: {"silver.dim_plant": 7})
    monkeypatch.setattr(model_registry.plant_models, "hours", lambda _, code, *__: hours(code))
    client = model_registry.connect(f"sqlite:///{tmp_path}/mlflow.db")

    assert model_registry.follow_table(None, client) == {"challenger": "1"}
    assert model_registry.follow_table(None, client) == {"challenger": "1"}

    (found,) = client.search_model_versions("name = 'plant-energy'")
    run = client.get_run(found.run_id)
    assert (found.tags[TAG], str(client.get_registered_model("plant-energy").aliases["challenger"])) == ("4", str(found.version))
    assert run.info.run_name == "version 4, 2025-01-04 to 2025-04-04"  # network-local days
    assert (run.info.status, run.data.params["snapshot_id.silver.dim_plant"]) == ("FINISHED", "7")
    assert run.data.metrics["plants"] == 2.0
    assert {each.path for each in client.list_artifacts(run.info.run_id, "fits")} == {"fits/A.png", "fits/B.png"}
    model_runs.sample("B").to_json(tmp_path / "rows.json", date_format="iso", double_precision=6)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    read = (
        "import sys, mlflow, pandas as pd\n"
        f"sys.path[:] = [each for each in sys.path if {str(PROJECT_ROOT)!r} != each]\n"
        f"mlflow.set_tracking_uri('sqlite:///{tmp_path}/mlflow.db')\n"
        "rows = pd.read_json('../rows.json', convert_dates=['ts_utc'])\n"
        f"rows = rows.assign(ts_utc=rows['ts_utc'].dt.tz_localize(None)).astype(dict.fromkeys({WEATHER!r}, float))\n"
        "model = mlflow.pyfunc.load_model('models:/plant-energy@challenger')\n"
        "print('EXPECTED', *model.predict(rows)['expected_mwh'])\n"
        "import include.expected_energy.physics as physics; print('CODE', physics.__file__)\n"
    )
    done = subprocess.run([sys.executable, "-P", "-c", read], cwd=elsewhere, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    lines = dict(line.split(" ", 1) for line in done.stdout.splitlines() if line.startswith(("EXPECTED", "CODE")))
    assert [float(value) for value in lines["EXPECTED"].split()] == pytest.approx(
        model_runs.expected_mwh(parameters(4, given_plants), model_runs.sample("B"))
    )
    assert str(PROJECT_ROOT) not in lines["CODE"]
