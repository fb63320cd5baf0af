"""The running stack as the end-to-end tests see it."""

from tests.e2e.conftest import pytest_collection_modifyitems, recorded_week, stack

__all__ = ["pytest_collection_modifyitems", "recorded_week", "stack"]
