"""Conditions, and those among them that somebody should know of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kubectl_clv.output.table import Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    type: str
    status: str
    reason: str
    message: str


def conditions(thing: dict[str, Any]) -> tuple[Condition, ...]:
    found = thing.get("status", {}).get("conditions") or ()
    return tuple(
        Condition(
            type=str(each.get("type", "")),
            status=str(each.get("status", "Unknown")),
            reason=str(each.get("reason", "")),
            message=str(each.get("message", "")),
        )
        for each in found
    )


def state(found: tuple[Condition, ...], type_: str) -> str:
    """`True`, `False`, `Unknown`; empty where nobody said."""
    return next((each.status for each in found if each.type == type_), "")


def not_true(found: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """For kinds whose every condition should hold (Ready, Fresh, RulesInSync, …)."""
    return tuple(each for each in found if each.status != "True")


def line(name: str, condition: Condition) -> Cell:
    """`shop/checkout: RulesInSync is False (Pending): …`."""
    # A problem that holds needs no "is True": its name says it.
    state = f" is {condition.status} ({condition.reason})" if condition.status != "True" else ""
    text = f"{condition.type}{state}: {condition.message}"
    return Cell(f"{name}: {text}" if name else text, "red" if condition.status == "False" else "yellow")
