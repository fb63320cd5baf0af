"""The stack of tests/e2e, running with the settings of `worlds.env`."""

from tests.e2e.conftest import stack

__all__ = ["stack"]
