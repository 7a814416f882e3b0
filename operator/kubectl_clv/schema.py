"""Whether an installed CRD knows the fields that this client knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def lacking(kind: str, installed: Mapping[str, Any]) -> list[str]:
    """Paths of fields that the client's model of `kind` has and the installed schema has not."""
    from clv_operator.api import KINDS
    from clv_operator.api.schema import structural

    return list(_lacking(structural(KINDS[kind]), installed, ""))


def _lacking(ours: Mapping[str, Any], theirs: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, field in ours.get("properties", {}).items():
        there = theirs.get("properties", {}).get(name)
        inner = f"{path}.{name}" if path else name
        if there is None:
            yield inner
        else:
            yield from _lacking(field, there, inner)
    if "items" in ours and "items" in theirs:
        yield from _lacking(ours["items"], theirs["items"], f"{path}[]")
