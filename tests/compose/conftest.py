"""The running stack as the end-to-end tests see it."""

import pytest

from tests.e2e import deployments
from tests.e2e.conftest import pytest_collection_modifyitems, recorded_week, stack

__all__ = ["pytest_collection_modifyitems", "recorded_week", "stack"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One hour in both deployments, as tests/e2e/test_deployments.py measured it last."""
    if not all(map(deployments.has, (deployments.NATIVE, deployments.COMPOSE))):
        return
    native, compose = (deployments.read(which)["hour_seconds"] for which in (deployments.NATIVE, deployments.COMPOSE))
    ratio = f"native {native:.0f} s, containers {compose:.0f} s: {compose / native:.2f}"
    terminalreporter.write_line(f"one hour, both ingests at once: {ratio}")
