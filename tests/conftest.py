"""Fast tests run on several cores; those that share a stack, or a server that they break, one after another."""

from __future__ import annotations

import os

import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Workers for pyproject.toml's `-n auto`: one for each core, four at most. `-n 0` on the command line has none."""
    are_fast = "not stack" in config.option.markexpr
    return min(4, len(os.sched_getaffinity(0))) if are_fast else 0
