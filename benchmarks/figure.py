"""One measured figure and the bar it has to pass."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """bar: such as "<= 2.0"; empty: for information. peer: what it was compared with, and its own figure. ok: None without bar."""

    name: str
    value: float
    unit: str
    bar: str = ""
    peer: str = ""
    ok: bool | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "bar": self.bar,
            "peer": self.peer,
            "ok": self.ok,
        }


def at_most(name: str, value: float, unit: str, bar: float, *, peer: str = "") -> Figure:
    return _judged(name, value, unit, ("<=", bar), peer)


def at_least(name: str, value: float, unit: str, bar: float, *, peer: str = "") -> Figure:
    return _judged(name, value, unit, (">=", bar), peer)


def told(name: str, value: float, unit: str, *, peer: str = "") -> Figure:
    """A figure without a bar: what a reader needs to judge the others by."""
    return Figure(name=name, value=value, unit=unit, peer=peer)


def _judged(name: str, value: float, unit: str, bar: tuple[str, float], peer: str) -> Figure:
    sign, limit = bar
    compare = {"<=": operator.le, ">=": operator.ge}[sign]
    return Figure(name=name, value=value, unit=unit, bar=f"{sign} {limit:g}", peer=peer, ok=bool(compare(value, limit)))
