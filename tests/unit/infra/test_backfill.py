"""`make backfill`: what it refuses, says beforehand, takes up again, stops at and leaves, with an Airflow that plays a script."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from include.backfill_requests import Sources
from include.day_windows import DayWindow, cut
from include.settings import Settings
from infra.commands import backfill as module
from infra.commands.backfill import BackfillError, command, days_of_credits, dry_run_lines, read_range
from infra.commands.backfill_progress import Progress
from infra.commands.backfill_runs import Figures, Run, is_stranded, last_error

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
NINE = Sources(500, {"NEM": 8, "WEM": 1}, 9, credits_left=290.0)
FIRST, SECOND, THIRD = (window.name for window in cut(date(2025, 1, 1), date(2025, 6, 1), "fetch"))
RANGE = ("2025-01-01", "2025-06-01")
ASKED = "make backfill FROM=2025-01-01 TO=2025-06-01 FROM_LAYER=fetch"


class ScriptedAirflow:
    """Runs of `rebuild_range` in memory: each that starts ends as `ends` says, by name; the others succeed."""

    base = "http://airflow"

    def __init__(self) -> None:
        self.runs: dict[str, dict[str, Any]] = {}
        self.ends: dict[str, tuple[str, str]] = {}  # class and text of the error
        self.calls: list[tuple[str, str, Any]] = []
        self.variables: dict[str, str] = {}
        self.paused = {"rebuild_range": False, "continue_backfill": False}
        self.backfills: list[dict[str, Any]] = []
        self.waiting: list[dict[str, Any]] = []
        self.polls = 0
        self.two_fail = False  # the registry's task too, by an outage

    def add(self, name: str, state: str, note: str = ASKED) -> None:
        self.runs[name] = {"dag_run_id": name, "state": state, "note": note, "end_date": "2026-11-01T00:00:00Z"}

    def find(self, path: str) -> dict[str, Any] | None:
        if "/dagRuns/" in path:
            return self.runs.get(path.rsplit("/", 1)[1])
        dag_id = path.rsplit("/", 1)[1]
        return {"is_paused": self.paused[dag_id]} if dag_id in self.paused else None

    def pages(self, path: str, items: str, params: dict[str, Any]) -> list[dict[str, Any]]:
        if path == "/backfills":
            return self.backfills
        return [run for run in self.waiting if run["dag_id"] in path] if params else list(self.runs.values())

    def start(self, _dag_id: str, run_id: str, conf: dict[str, Any], note: str) -> None:
        self.calls.append(("start", run_id, conf))
        self.add(run_id, "queued", note)

    def clear(self, _dag_id: str, run_id: str, task_ids: list[str] | None = None) -> None:
        self.calls.append(("clear", run_id, task_ids))
        self.runs[run_id]["state"] = "queued"

    def set_note(self, _dag_id: str, run_id: str, note: str) -> None:
        self.runs[run_id]["note"] = note

    def run(self, _dag_id: str, run_id: str) -> dict[str, Any]:
        self.polls += 1
        assert self.polls < 1000, "it waits for ever"
        run = self.runs[run_id]
        seen = dict(run)
        if run["state"] == "queued" and not self.paused["rebuild_range"]:
            run["state"] = "running"
        elif run["state"] == "running":
            run["state"] = "failed" if run_id in self.ends else "success"
        return seen

    def task_instances(self, _dag_id: str, run_id: str) -> list[dict[str, Any]]:
        failed = self.runs[run_id]["state"] == "failed"
        return [
            {"task_id": "fetch_facilities", "state": "failed" if failed and self.two_fail else "success", "try_number": 2},
            {"task_id": "fetch_generation", "state": "failed" if failed else "success", "try_number": 2},
            {"task_id": "oe_complete", "state": "failed" if failed else "success", "try_number": 1},
            {"task_id": "silver_normalize_tables", "state": "upstream_failed" if failed else "running", "try_number": 1},
        ]

    def log(self, _dag_id: str, run_id: str, task_id: str, try_number: int) -> list[dict[str, Any]]:
        kind, text = self.ends[run_id] if task_id == "fetch_generation" else ("SourceUnavailable", "away")
        assert try_number == 2
        return [{"event": "Task failed", "level": "error", "error_detail": [{"exc_type": kind, "exc_value": text}]}]

    def returned(self, _dag_id: str, _run_id: str, task_id: str) -> Any:
        return {
            "fetch_facilities": {"requests": 1, "credits_left": 289.0},
            "fetch_generation": {"requests": 3, "credits_left": 287.0},
            "fetch_market": {"requests": 1, "credits_left": 285.0},
            "fetch_control": {"requests": 1, "credits_left": 284.0},
            "report_publication": {"daily_plant_kpi": 500, "plant_weather_hourly": 12000},
        }[task_id]

    def variable(self, key: str) -> str | None:
        return self.variables.get(key)

    def set_variable(self, key: str, value: str, _description: str) -> None:
        self.variables[key] = value

    @property
    def left(self) -> dict[str, str]:
        return json.loads(self.variables["backfill_windows_left"])

    @property
    def begun(self) -> list[tuple[str, str]]:
        return [(verb, run_id) for verb, run_id, _ in self.calls]


@pytest.fixture
def airflow(monkeypatch: pytest.MonkeyPatch) -> ScriptedAirflow:
    fake = ScriptedAirflow()
    monkeypatch.setattr(module, "AirflowApi", lambda _settings: fake)
    monkeypatch.setattr(module, "look_up", lambda _settings, _now: NINE)
    monkeypatch.setattr(module, "POLL_SECONDS", 0.0)
    return fake


SETTINGS = Settings.model_construct()


# --- What is refused


@pytest.mark.parametrize(
    ("first", "end", "reason"),
    [
        ("2025-01-08", "2025-01-01", "must lie before"),
        ("2025-01-01", "2025-01-01", "must lie before"),
        ("2026-11-24", "2026-11-25", "is in the future"),
        ("", "2025-01-01", "FROM and TO are dates"),
        ("01.01.2025", "2025-01-02", "FROM and TO are dates"),
    ],
)
def test_a_range_without_meaning_is_refused_with_the_reason(first: str, end: str, reason: str) -> None:
    with pytest.raises(BackfillError, match=reason):
        read_range(first, end, TODAY)


def test_the_last_complete_day_can_be_rebuilt() -> None:
    assert read_range("2026-11-23", "2026-11-24", TODAY) == (date(2026, 11, 23), TODAY)


@pytest.mark.parametrize("words", [("gold",), ("RESUME=2",), ("FORCE=1",), ("bronze", "silver")])
def test_what_the_command_does_not_take_is_refused_before_anything_is_asked(words: tuple[str, ...]) -> None:
    with pytest.raises(BackfillError):
        command(SETTINGS, *RANGE, *words)


def test_a_paused_dag_is_said_at_once_and_while_a_run_waits(airflow: ScriptedAirflow) -> None:
    airflow.paused["rebuild_range"] = True
    with pytest.raises(BackfillError, match="rebuild_range is paused, nothing would run: switch it on at http://airflow/dags"):
        command(SETTINGS, *RANGE)
    assert airflow.calls == []

    airflow.paused["rebuild_range"] = False
    start = airflow.start
    airflow.start = lambda *run: (start(*run), airflow.paused.update(rebuild_range=True))  # type: ignore[method-assign,assignment]
    with pytest.raises(BackfillError, match="is paused"):
        command(SETTINGS, *RANGE)


# --- What is said beforehand


def test_a_dry_run_says_windows_requests_credits_and_days_and_starts_nothing(
    airflow: ScriptedAirflow, capsys: pytest.CaptureFixture[str]
) -> None:
    airflow.add(FIRST, "success")

    assert command(SETTINGS, *RANGE, "DRY_RUN=1") == 0

    said = capsys.readouterr().out
    assert airflow.calls == []
    assert "2025-01-01 to 2025-03-03 (61 days), done already" in said
    assert "2 of 3 windows to do" in said
    # 61 and 29 days: a registry request each, two and one pieces of two networks and of their markets, their totals; weather and
    # air quality
    assert "24 requests for 9 plants: 18 of OpenElectricity (a credit each; backfills may use 300 of 500 a day, 290 of" in said
    assert "days of credits: 1" in said


def test_days_of_credits_begin_with_what_is_left_of_today() -> None:
    sources = Sources(20, {"NEM": 8, "WEM": 1}, 9, credits_left=6.0)  # a share of 12

    assert days_of_credits([5, 5, 5, 5], sources) == 3
    assert days_of_credits([6], sources) == 1
    assert days_of_credits([7], sources) == 2


def test_a_dry_run_of_a_new_lake_and_of_a_later_layer_say_why_there_are_no_requests() -> None:
    windows = cut(date(2025, 1, 1), date(2025, 1, 8), "fetch")
    assert "no plant is known yet" in "\n".join(dry_run_lines(windows, windows, Sources(500), NOW))
    windows = cut(date(2025, 1, 1), date(2025, 1, 8), "bronze")
    assert "the sources are not asked" in "\n".join(dry_run_lines(windows, windows, NINE, NOW))


# --- What is done, and taken up again


def test_all_windows_are_run_in_order_and_what_they_did_is_counted(
    airflow: ScriptedAirflow, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(SETTINGS, *RANGE) == 0

    assert airflow.begun == [("start", FIRST), ("start", SECOND), ("start", THIRD)]
    assert airflow.calls[0][2] == {"from": "2025-01-01", "to": "2025-03-03", "from_layer": "fetch"}
    said = capsys.readouterr().out
    assert (
        "2 of 3 windows done, 0 failed; 2025-05-03 to 2025-06-01: silver_normalize_tables; 25000 rows; 12 credits used, 284"
        in said
    )
    assert said.endswith("backfill: 2025-01-01 to 2025-06-01 done\n")


def test_the_same_command_again_does_what_is_missing(airflow: ScriptedAirflow, monkeypatch: pytest.MonkeyPatch) -> None:
    airflow.add(FIRST, "success")
    airflow.add(SECOND, "running")
    lefts = iter([0.0, 290.0])  # the credits that the second needs are with it already
    monkeypatch.setattr(module, "look_up", lambda *_: Sources(500, NINE.plants, 9, next(lefts)))

    assert command(SETTINGS, *RANGE) == 0

    assert airflow.begun == [("start", THIRD)]  # the second was followed to its end


def test_of_a_failed_run_what_failed_and_what_comes_after_is_run_again(airflow: ScriptedAirflow) -> None:
    for name, state in ((FIRST, "failed"), (SECOND, "success"), (THIRD, "success")):
        airflow.add(name, state)

    assert command(SETTINGS, *RANGE) == 0

    assert airflow.calls == [("clear", FIRST, ["fetch_generation"])]


@pytest.mark.parametrize("state", ["failed", "success"])
def test_what_another_command_did_is_done_again_from_its_first_task(airflow: ScriptedAirflow, state: str) -> None:
    airflow.add(FIRST, state, "make backfill FROM=2025-01-01 TO=2025-03-03 FROM_LAYER=fetch")  # before a rule was changed

    assert command(SETTINGS, *RANGE) == 0

    assert airflow.calls[0] == ("clear", FIRST, None)
    assert airflow.begun[1:] == [("start", SECOND), ("start", THIRD)]
    assert {run["note"] for run in airflow.runs.values()} == {ASKED}


def test_a_new_lake_goes_on_with_the_windows_it_began_when_it_knew_no_plants(airflow: ScriptedAirflow) -> None:
    airflow.add("2025-01-01_to_2025-02-01_from_fetch", "success")  # 31 days
    airflow.add("2025-03-04_to_2025-04-04_from_fetch", "running")

    assert command(SETTINGS, *RANGE) == 0

    assert airflow.begun == [
        ("start", "2025-02-01_to_2025-03-04_from_fetch"),
        ("start", "2025-04-04_to_2025-06-01_from_fetch"),
    ]


def test_when_nothing_is_missing_it_says_how_to_ask_again(airflow: ScriptedAirflow, capsys: pytest.CaptureFixture[str]) -> None:
    for name in (FIRST, SECOND, THIRD):
        airflow.add(name, "success")

    assert command(SETTINGS, *RANGE) == 0

    assert airflow.calls == []
    assert "done already, last at 2026-11-01T00:00:00Z; RESUME=0 asks for it again" in capsys.readouterr().out


def test_resume_0_asks_for_everything_again_also_across_an_interruption(
    airflow: ScriptedAirflow, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (FIRST, SECOND, THIRD):
        airflow.add(name, "success")
    interrupt = iter([None, None, None, KeyboardInterrupt])

    def sleep(_seconds: float) -> None:
        if next(interrupt, None):
            raise KeyboardInterrupt

    monkeypatch.setattr(module.time, "sleep", sleep)
    with pytest.raises(KeyboardInterrupt):
        command(SETTINGS, *RANGE, "RESUME=0")
    assert "goes on in Airflow, the same command goes on from there" in capsys.readouterr().out
    assert airflow.begun == [("clear", FIRST), ("clear", SECOND)]

    assert command(SETTINGS, *RANGE) == 0

    assert airflow.begun == [("clear", FIRST), ("clear", SECOND), ("clear", THIRD)]
    assert [run["note"] for run in airflow.runs.values()] == [ASKED] * 3


# --- What goes wrong


def test_a_market_or_control_that_failed_beside_is_not_why_a_run_failed() -> None:
    failed = ("fetch_market", "fetch_control", "silver_normalize_tables", "oe_complete")
    tasks = [{"task_id": name, "state": "failed"} for name in failed]
    assert Run(tasks=tasks).failed_tasks == ["silver_normalize_tables"]


@pytest.mark.parametrize("kind", ["SourceRefused", "KeyMissing", "BodyInvalid", "SettingsError"])
def test_a_failure_that_no_retry_can_help_stops_the_rest(
    kind: str, airflow: ScriptedAirflow, capsys: pytest.CaptureFixture[str]
) -> None:
    airflow.ends[FIRST] = (kind, "OpenElectricity refused every key")
    airflow.two_fail = True

    assert command(SETTINGS, *RANGE) == 1

    assert airflow.begun == [("start", FIRST)]
    said = capsys.readouterr().out
    assert f"failed: 2025-01-01 to 2025-03-03: fetch_generation: {kind}: OpenElectricity refused every key\n" in said
    assert f"http://airflow/dags/rebuild_range/runs/{FIRST}/tasks/fetch_generation" in said
    assert "no retry can help; 2 windows are not asked for" in said


def test_another_failure_leaves_the_others_to_be_done_and_is_said_at_the_end(
    airflow: ScriptedAirflow, capsys: pytest.CaptureFixture[str]
) -> None:
    airflow.ends[SECOND] = ("SourceUnavailable", "no try gave an answer")

    assert command(SETTINGS, *RANGE) == 1

    assert airflow.begun == [("start", FIRST), ("start", SECOND), ("start", THIRD)]
    assert capsys.readouterr().out.endswith(
        f"backfill: failed: http://airflow/dags/rebuild_range/runs/{SECOND}/tasks/fetch_generation\n"
        "backfill: 2025-01-01 to 2025-06-01 failed\n"
    )


def test_what_the_days_credits_do_not_hold_is_left_to_the_scheduled_dag(
    airflow: ScriptedAirflow, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lefts = iter([11.0, 11.0, 2.0])
    monkeypatch.setattr(module, "look_up", lambda *_: Sources(500, NINE.plants, 9, next(lefts)))
    airflow.variables["backfill_windows_left"] = json.dumps({"2023-01-01_to_2023-02-01_from_fetch": "other", THIRD: ASKED})

    assert command(SETTINGS, *RANGE) == 0

    assert airflow.begun == [("start", FIRST)]
    assert list(airflow.left.items()) == [("2023-01-01_to_2023-02-01_from_fetch", "other"), (SECOND, ASKED), (THIRD, ASKED)]
    said = capsys.readouterr().out
    assert "2025-03-03 to 2025-05-03 needs 11 credits, 2 of the day's are left. 2 windows are left" in said
    assert "continue_backfill goes on with them at 00:20 UTC" in said


def test_a_run_that_met_the_end_of_the_credits_is_left_too(airflow: ScriptedAirflow) -> None:
    airflow.ends[SECOND] = ("BudgetExhausted", "300 of 300 credits")
    airflow.paused["continue_backfill"] = True

    assert command(SETTINGS, *RANGE) == 0

    assert list(airflow.left) == [SECOND, THIRD]


def test_a_window_that_no_day_holds_is_refused(airflow: ScriptedAirflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "look_up", lambda *_: Sources(5, {"NEM": 100, "WEM": 8}, 108, 3.0))

    with pytest.raises(BackfillError, match=r"needs 10 credits, a day has 3 for backfills \(OPEN_NEM_DAILY_CREDITS\)"):
        command(SETTINGS, "2025-01-01", "2025-02-01")


def test_a_cleared_run_of_a_cancelled_backfill_is_named(airflow: ScriptedAirflow, capsys: pytest.CaptureFixture[str]) -> None:
    airflow.waiting = [{"dag_id": "rebuild_day", "dag_run_id": "backfill__1", "logical_date": "2025-01-02T14:00:00Z"}]
    airflow.backfills = [
        {"from_date": "2025-01-01T14:00:00Z", "to_date": "2025-01-05T14:00:00Z", "is_paused": True, "completed_at": "2025-06-01"}
    ]

    command(SETTINGS, *RANGE, "DRY_RUN=1")

    said = capsys.readouterr().out
    assert "rebuild_day backfill__1 was cleared after its backfill was cancelled: Airflow never starts it." in said
    running = airflow.backfills[0] | {"is_paused": False, "completed_at": None}
    assert not is_stranded(airflow.waiting[0], [airflow.backfills[0], running])
    assert not is_stranded(airflow.waiting[0], [])


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], ("", "its log is empty")),
        ([{"event": "a line"}], ("", "a line")),
        ([{"event": "bad", "level": "error"}, {"event": "later", "level": "info"}], ("", "bad")),
        (
            [
                {"event": "x", "level": "error", "error_detail": [{"exc_type": "BodyInvalid", "exc_value": "$.data"}]},
                {"event": "end", "level": "error"},
            ],
            ("BodyInvalid", "$.data"),
        ),
    ],
)
def test_the_last_error_is_the_exception_or_the_last_line_that_is_an_error(
    events: list[dict[str, Any]], expected: tuple[str, str]
) -> None:
    assert last_error(events) == expected


# --- Progress


def test_progress_says_when_it_ends_if_the_rest_takes_as_long_a_day() -> None:
    progress = Progress(windows=3, done=0, days=150)
    window = DayWindow(date(2025, 1, 1), date(2025, 2, 20))  # 50 days
    assert "ends about" not in progress.line("queued", NOW)

    progress.count(window, 90.0, Figures(1200, 5, 285.0), has_failed=False)
    progress.count(window, 90.0, Figures(0, 1, None), has_failed=True)

    assert progress.line("running", NOW) == (
        "1 of 3 windows done, 1 failed; running; 1200 rows; 6 credits used, 285 left today; ends about 2026-11-28 12:01 UTC"
    )
