"""What .github/workflows promises: pinned actions, least rights, commands and images that are there, no secret in an upload."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from include.paths import PROJECT_ROOT
from infra.checks import __main__ as check
from tests.unit.docker.test_compose_versitygw import CHANGED

FILES = sorted((PROJECT_ROOT / ".github/workflows").glob("*"))
COMPOSE = yaml.safe_load((PROJECT_ROOT / "infra/compose.yaml").read_text(encoding="utf-8"))
TARGETS = set(re.findall(r"^([a-z-]+):", (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
# Who may do more than read, and what.
MORE_THAN_READING = {
    ("images.yaml", "image"): {"packages": "write"},
    ("images.yaml", "index"): {"packages": "write"},
    ("images.yaml", "release"): {"contents": "write", "actions": "read"},
}


def read(file: Path) -> dict[str, Any]:
    workflow: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return workflow


@pytest.fixture(params=FILES, ids=lambda file: file.name)
def file(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def steps(file: Path) -> list[dict[str, Any]]:
    return [step for job in read(file)["jobs"].values() for step in job["steps"]]


def test_the_workflows_are_these() -> None:
    assert [file.name for file in FILES] == ["ci.yaml", "images.yaml"]
    assert "workflows" in check.CHECKS


def test_actions_are_pinned_by_commit_with_their_version_beside_it(file: Path) -> None:
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if re.search(r"\buses:", line)]
    assert lines
    for line in lines:
        assert re.fullmatch(r" +(- )?uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line
    # No other way of writing `uses` hides one from the lines above.
    assert {step["uses"] for step in steps(file) if "uses" in step} == {line.split("uses: ")[1].split(" #")[0] for line in lines}


def test_one_action_has_one_version() -> None:
    pins = {step["uses"] for file in FILES for step in steps(file) if "uses" in step}
    assert len(pins) == len({pin.split("@")[0] for pin in pins}), sorted(pins)


def test_rights_are_to_read_and_more_only_where_it_is_known(file: Path) -> None:
    workflow = read(file)
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        wanted = {"contents": "read"} | MORE_THAN_READING.get((file.name, name), {})
        assert job.get("permissions", workflow["permissions"]) == wanted, name


def test_a_checkout_leaves_no_token_behind(file: Path) -> None:
    checkouts = [step for step in steps(file) if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts and all(step["with"] == {"persist-credentials": False} for step in checkouts)


def test_jobs_end_in_time_on_a_known_system(file: Path) -> None:
    assert "cancel-in-progress" in read(file)["concurrency"]
    for name, job in read(file)["jobs"].items():
        assert 0 < job["timeout-minutes"] <= 90, name
        named = job["runs-on"]
        runners = job["strategy"]["matrix"]["runner"] if named == "${{ matrix.runner }}" else [named]
        assert all(re.fullmatch(r"ubuntu-\d\d\.\d\d(-arm)?", runner) for runner in runners), name


def test_ci_runs_what_its_jobs_are_named_for_and_make_knows_it() -> None:
    commands = {
        name: [step["run"].split()[1] for step in job["steps"] if step.get("run", "").startswith("make ")]
        for name, job in read(PROJECT_ROOT / ".github/workflows/ci.yaml")["jobs"].items()
    }
    assert commands == {
        "check": ["prerequisites", "check"],
        "test": ["prerequisites", "test"],
        "audit": ["prerequisites", "audit"],
        "compose": ["prerequisites", "compose-test"],
    }
    assert {target for of_job in commands.values() for target in of_job} - TARGETS == set()


def test_no_upload_holds_a_secret(file: Path) -> None:
    for step in steps(file):
        if step.get("uses", "").startswith("actions/upload-artifact@"):
            # Named folders of logs only: a data folder or .lakehouse as a whole holds secrets.env, run files, secrets/.
            for path in step["with"]["path"].split():
                assert re.search(r"(^|/)([a-z]+-)?logs$|/surefire-reports$|^\.lakehouse/sbom$", path), path


def test_a_release_has_the_sboms_and_its_job_runs_nothing_of_the_repository() -> None:
    jobs = read(PROJECT_ROOT / ".github/workflows/images.yaml")["jobs"]
    assert "make sbom" in [step.get("run") for step in jobs["sbom"]["steps"]] and "sbom" in TARGETS
    assert set(jobs["release"]["needs"]) == {"index", "sbom"}
    assert [step["run"].split()[:3] for step in jobs["release"]["steps"]] == [
        ["gh", "run", "download"],
        ["gh", "release", "create"],
    ]
    assert jobs["release"]["steps"][1]["run"].endswith(" sbom/*.cdx.json")


def test_a_tag_builds_the_images_that_compose_runs_under_the_names_it_asks_for() -> None:
    workflow = read(PROJECT_ROOT / ".github/workflows/images.yaml")
    job = workflow["jobs"]["image"]
    step = yaml.safe_load((PROJECT_ROOT / "infra/compose.secrets.yaml").read_text(encoding="utf-8"))["services"]["secrets"]
    definitions = [*COMPOSE["services"].values(), CHANGED["services"]["versitygw"], step]
    built = {d["build"]["target"] for d in definitions if "build" in d}
    assert sorted(job["strategy"]["matrix"]["image"]) == sorted(built)
    (build,) = (step["with"] for step in job["steps"] if step.get("uses", "").startswith("docker/build-push-action@"))
    assert build["target"] == "${{ matrix.image }}"
    assert build["file"] == COMPOSE["services"]["trino"]["build"]["dockerfile"]
    assert build["build-args"] == "BASE_IMAGE=${{ needs.names.outputs.base }}"
    assert (build["push"], build["sbom"], build["provenance"]) == (True, True, "mode=max")
    pushed = workflow["jobs"]["index"]["env"]["IMAGE"]
    assert build["tags"] == pushed + "-${{ runner.arch }}"
    assert workflow["jobs"]["index"]["strategy"]["matrix"]["image"] == job["strategy"]["matrix"]["image"]
    (join,) = (step["run"].splitlines()[0] for step in workflow["jobs"]["index"]["steps"] if "run" in step)
    assert join == 'docker buildx imagetools create --tag "$IMAGE" "$IMAGE-X64" "$IMAGE-ARM64"'
    assert job["strategy"]["matrix"]["runner"] == ["ubuntu-24.04", "ubuntu-24.04-arm"]
    pushed = pushed.replace("${{ needs.names.outputs.folder }}", "IMAGES").replace("${{ github.ref_name }}", "TAG")
    asked = {re.sub(r"\$\{PV_(IMAGES|TAG):-[^}]*\}", r"\1", d["image"]) for d in definitions}
    assert {pushed.replace("${{ matrix.image }}", target) for target in built} == asked
