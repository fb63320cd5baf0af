"""How the tests speak of the stand-in server's answers."""

from __future__ import annotations

from collections.abc import Callable

from httpx import Response

KEY = "oe_demo_key_primary"
Ask = Callable[..., Response]
SwitchOn = Callable[..., None]


def points(answer: Response, metric: str = "energy") -> dict[str, dict[str, float | None]]:
    """Unit code -> label -> value of one metric."""
    assert answer.status_code == 200, answer.text
    block = next(block for block in answer.json()["data"] if block["metric"] == metric)
    return {result["columns"]["unit_code"]: dict(result["data"]) for result in block["results"]}
