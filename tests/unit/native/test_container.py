"""What a container is told to run: a command with the right words runs, anything else is answered with how to ask."""

from __future__ import annotations

import pytest

from infra.native import container


@pytest.mark.parametrize(
    "arguments", [[], ["dance"], ["start"], ["once", "roles", "twice"], ["backfill", "2025-01-01"], ["exec"]]
)
def test_what_it_does_not_take_is_answered_with_what_it_takes(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert container.main(arguments) == 2
    assert "backfill FROM TO [LAYER]" in capsys.readouterr().err


def test_a_refusal_is_one_line_with_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert container.main(["backfill", "2025-01-02", "2025-01-01"]) == 1
    said = capsys.readouterr().err
    assert said == "backfill 2025-01-02 2025-01-01: FROM=2025-01-02 must lie before TO=2025-01-01 (TO is exclusive)\n"
