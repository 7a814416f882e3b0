"""One mapping of somebody else's file: each member is asked for by name and type, and a stranger is refused by name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn

from sloengine.errors import InvalidSpec

_PLAIN_NUMBER = re.compile(r"^[0-9]{1,3}(\.[0-9]{1,15})?$")
_MAX_TEXT = 8192
_SHOWN = 60


class Fields:
    """Reads a mapping. place: its path from the document's root, such as `slos[0].sli`; empty for the root.

    Every reader takes null for a member that is left out, and raises InvalidSpec with the path of what is wrong.
    `done` refuses the members that nobody asked for: a field that we do not know may change what is measured.
    """

    def __init__(self, value: object, place: str = "") -> None:
        if value is not None and not isinstance(value, dict):
            _refuse(place or "(object)", f"{_called(value)} stands where fields belong", "write fields below it")
        self.place = place
        self._values: Mapping[object, Any] = value or {}
        self._asked: set[str] = set()

    def at(self, name: str) -> str:
        """The path of a member."""
        named = name or "(empty name)"
        return f"{self.place}.{named}" if self.place else named

    def has(self, name: str) -> bool:
        """Whether the member is given and not null."""
        return self._take(name) is not None

    def refuse(self, name: str, problem: str, fix: str) -> NoReturn:
        _refuse(self.at(name), problem, fix)

    def ignore(self, *names: str) -> None:
        """Members that say nothing about the objective."""
        self._asked.update(names)

    def text(self, name: str) -> str:
        value = self.optional_text(name)
        if not value:
            self.refuse(name, "it is missing", "write a text")
        return value

    def optional_text(self, name: str) -> str:
        value = self._take(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            self.refuse(name, f"{_called(value)} stands where a text belongs", "write it in quotes")
        if len(value) > _MAX_TEXT:
            self.refuse(name, f"it is longer than {_MAX_TEXT} characters", "shorten it")
        return value.strip()

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self._take(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.refuse(name, f"{_called(value)} is neither true nor false", "write true or false, without quotes")
        return value

    def number(self, name: str) -> Decimal:
        """From 0 up to 1,000, with the digits that were written."""
        value = self._take(name)
        if value is None:
            self.refuse(name, "it is missing", "write a number")
        if isinstance(value, str) and _PLAIN_NUMBER.match(value.strip()):
            return Decimal(value.strip())
        # repr gives the shortest digits that read back the same, which are those of the file up to fifteen of them.
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 1000:
            self.refuse(name, f"{_called(value)} is no number from 0 to 999", "write a decimal number such as 99.9")
        return Decimal(repr(value))

    def texts(self, name: str) -> dict[str, str]:
        """A mapping of text to text."""
        inner = self.inside(name)
        return {key: inner.optional_text(key) for key in inner.names()}

    def inside(self, name: str) -> Fields:
        """The mapping below; an empty one where it is left out."""
        return Fields(self._take(name), self.at(name))

    def each(self, name: str) -> list[Fields]:
        """The mappings of the list below; none where it is left out."""
        return [Fields(value, f"{self.at(name)}[{place}]") for place, value in enumerate(self._list(name))]

    def words(self, name: str) -> list[str]:
        """The texts of the list below."""
        found = self._list(name)
        for place, value in enumerate(found):
            if not isinstance(value, str):
                self.refuse(f"{name}[{place}]", f"{_called(value)} stands where a text belongs", "write it in quotes")
        return found

    def names(self) -> list[str]:
        """Of the members, in order; raises where one is no text."""
        for name in self._values:
            if not isinstance(name, str):
                _refuse(self.place or "(object)", f"{_called(name)} is the name of a field", "write the name in quotes")
        return [name for name in self._values if isinstance(name, str)]

    def done(self) -> None:
        """Refuse what nobody asked for."""
        for name in self.names():
            if name not in self._asked:
                near = difflib.get_close_matches(name, self._asked, n=1)
                fix = f"did you mean {near[0]}?" if near else f"remove it; read here: {', '.join(sorted(self._asked))}"
                self.refuse(name[:_SHOWN], "this field is not known, so nobody can tell what it changes", fix)

    def _take(self, name: str) -> Any:
        self._asked.add(name)
        return self._values.get(name)

    def _list(self, name: str) -> list[Any]:
        value = self._take(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.refuse(name, f"{_called(value)} stands where a list belongs", "write a list")
        return value


def _refuse(field: str, problem: str, fix: str) -> NoReturn:
    raise InvalidSpec(field=field, problem=problem, fix=fix, reason="NotImportable")


def _called(value: object) -> str:
    match value:
        case bool():
            return "a truth value"
        case int():
            return "a whole number"
        case float():
            return f"the number {value!r}"
        case str():
            return repr(value[:_SHOWN])
        case None:
            return "nothing"
        case dict():
            return "a mapping"
        case list():
            return "a list"
    return f"a {type(value).__name__}"
