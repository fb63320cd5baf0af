"""Reading foreign JSON strictly: every value is checked where it is read, every complaint names its JSON path.

Keys nobody asks for are left alone, so a source may add some without breaking us.
"""

# ruff: noqa: N818 - findings about a text; nothing went wrong in here

import json
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

# What some sources write for "not a number"; Python's parser takes the capitalised ones only. None of them is JSON.
_BARE_TOKEN = re.compile(r"[+-]?(nan|inf(inity)?)\b", re.IGNORECASE)


class NotJson(Exception):
    """The text is not JSON at all: cut off, HTML, or an error message in the middle. Asking again may help."""


class Unreadable(Exception):
    """The JSON does not have the shape the source documents, at `path`; the message starts with it."""

    def __init__(self, path: str, reason: str) -> None:
        """Say where and what."""
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = path, reason


class Refusals:
    """Collects what cannot be read in a body of which the rest can."""

    def __init__(self) -> None:
        """Begin with none."""
        self.found: list[Unreadable] = []

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Note what is refused inside, and go on behind."""
        try:
            yield
        except Unreadable as fault:
            self.found.append(fault)


class Node:
    """A JSON value that knows where it stands, so that complaints can say so."""

    __slots__ = ("_key", "_parent", "value")

    def __init__(self, value: Any, parent: "Node | None" = None, key: "str | int" = "$") -> None:
        """Wrap a parsed value; only the root has no parent."""
        self.value = value
        self._parent = parent
        self._key = key

    @property
    def path(self) -> str:
        """The JSON path, `$.data[0].results[3]`."""
        if self._parent is None:
            return str(self._key)
        return self._parent.path + (f"[{self._key}]" if isinstance(self._key, int) else f".{self._key}")

    def refuse(self, expected: str) -> NoReturn:
        """Raise `Unreadable`: what was expected here, and what came."""
        raise Unreadable(self.path, f"expected {expected}, got {_shown(self.value)}")

    def keys(self) -> list[str]:
        """Return the keys of an object."""
        if not isinstance(self.value, dict):
            self.refuse("an object")
        return list(self.value)

    def get(self, key: str) -> "Node":
        """Return a member of an object; an absent one is refused when something is read from it."""
        if not isinstance(self.value, dict):
            self.refuse("an object")
        return Node(self.value.get(key, _ABSENT), self, key)

    def find(self, key: str) -> "Node | None":
        """Return a member of an object, or None where it is absent or null."""
        member = self.get(key)
        return None if member.value is _ABSENT or member.value is None else member

    def elements(self) -> Iterator["Node"]:
        """Go through the elements of an array."""
        if not isinstance(self.value, list):
            self.refuse("an array")
        return (Node(element, self, index) for index, element in enumerate(self.value))

    def pair(self) -> tuple["Node", "Node"]:
        """Return the two elements of an array of two."""
        if not isinstance(self.value, list) or len(self.value) != 2:
            self.refuse("an array of two")
        return Node(self.value[0], self, 0), Node(self.value[1], self, 1)

    def text(self) -> str:
        """Return a text that is not empty and can be stored as UTF-8."""
        if not isinstance(self.value, str) or not self.value:
            self.refuse("text")
        if not _is_storable(self.value):
            self.refuse("text without lone surrogates or NUL")
        return self.value

    def one_of(self, *allowed: str) -> str:
        """Return a text that must be one of these."""
        if not isinstance(self.value, str) or self.value not in allowed:
            self.refuse(" or ".join(f'"{choice}"' for choice in allowed))
        return self.value

    def number(self) -> float:
        """Return a finite number."""
        number = _finite(self.value)
        return self.refuse("number") if number is None else number

    def number_or_null(self) -> float | None:
        """Return a finite number, or None for null."""
        if self.value is None:
            return None
        number = _finite(self.value)
        return self.refuse("number or null") if number is None else number

    def numbers_or_null(self, refusals: "Refusals") -> list[float | None]:
        """Return the elements of an array of finite numbers and nulls; null for one that is neither, which is noted."""
        if not isinstance(self.value, list):
            self.refuse("an array")
        numbers: list[float | None] = []
        for index, element in enumerate(self.value):
            number: float | None = None
            if type(element) is float and math.isfinite(element):
                number = element
            else:
                with refusals.apart():
                    number = Node(element, self, index).number_or_null()
            numbers.append(number)
        return numbers


def parse(text: str) -> Node:
    """Parse JSON text.

    Raises `NotJson` where the text is no JSON, `Unreadable` where it is but for a bare nan or inf. A bare NaN or Infinity is
    refused where it is read as a number.
    """
    try:
        return Node(json.loads(text))
    except json.JSONDecodeError as fault:
        token = _BARE_TOKEN.match(text, fault.pos)
        if token:
            raise Unreadable(f"$ (character {fault.pos})", f"expected number or null, got {token.group()}") from None
        raise NotJson(f"not JSON at character {fault.pos} of {len(text)}: {_around(text, fault.pos)}") from None
    except (ValueError, RecursionError) as fault:
        raise NotJson(f"not JSON: {fault}") from None


class _Absent:
    def __repr__(self) -> str:
        return "nothing"


_ABSENT = _Absent()


def _finite(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _is_storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _shown(value: Any) -> str:
    """Return a short form of a value, safe in a log line."""
    if isinstance(value, dict):
        return f"an object of {len(value)}"
    if isinstance(value, list):
        return f"an array of {len(value)}"
    if value is _ABSENT or (isinstance(value, float) and not math.isfinite(value)):
        return repr(value)
    shown = json.dumps(value)
    return shown if len(shown) <= 80 else shown[:77] + "..."


def _around(text: str, position: int) -> str:
    return json.dumps(text[max(0, position - 40) : position + 60])
