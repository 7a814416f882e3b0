"""Cuts a status to the bounds of its schema: one value too long would lose the whole write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clv_operator.api.kinds import KINDS
from clv_operator.api.schema import Schema, structural
from clv_operator.api.text import matcher

ELLIPSIS = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A status within bounds, and the paths of what had to be cut or left out for it."""

    status: dict[str, Any]
    paths: tuple[str, ...]


def cut_status(kind: str, status: Mapping[str, Any]) -> Cut:
    """`status` (as JSON) within the bounds of the CRD.

    Texts end in an ellipsis, lists keep their beginning (who wants another part chooses before), maps their first keys.
    Numbers and codes are never shortened into other numbers: a value that its pattern refuses is left out.
    """
    paths: list[str] = []
    cut = _cut(structural(KINDS[kind])["properties"]["status"], status, "status", paths)
    return Cut(status=cut, paths=tuple(paths))


def _cut(node: Schema, value: Any, at: str, paths: list[str]) -> Any:
    match value:
        case Mapping() if "additionalProperties" in node:
            return _cut_map(node, value, at, paths)
        case Mapping():
            known = node.get("properties", {})
            kept = {key: _cut(known.get(key, {}), item, f"{at}.{key}", paths) for key, item in value.items()}
            return {key: item for key, item in kept.items() if item is not None}
        case list() | tuple():
            return _cut_list(node, list(value), at, paths)
        case str():
            return _cut_text(node, value, at, paths)
    return value


def _cut_map(node: Schema, value: Mapping[str, Any], at: str, paths: list[str]) -> dict[str, Any]:
    items = list(value.items())
    if len(items) > node["maxProperties"]:
        paths.append(at)
    kept = {
        key: _cut(node["additionalProperties"], item, f"{at}.{key}", paths)
        for key, item in items[: node["maxProperties"]]
    }
    return {key: item for key, item in kept.items() if item is not None}


def _cut_list(node: Schema, items: list[Any], at: str, paths: list[str]) -> list[Any]:
    limit = node.get("maxItems", len(items))
    if len(items) > limit:
        paths.append(at)
    kept = [_cut(node.get("items", {}), item, f"{at}[{index}]", paths) for index, item in enumerate(items[:limit])]
    return [item for item in kept if item is not None]


def _cut_text(node: Schema, text: str, at: str, paths: list[str]) -> str | None:
    text = _storable(text)
    limit = node.get("maxLength", len(text))
    if "pattern" in node and not matcher(node["pattern"]).match(text):
        paths.append(at)
        return None
    if len(text) <= limit:
        return text
    paths.append(at)
    return text[: limit - len(ELLIPSIS)] + ELLIPSIS


def _storable(text: str) -> str:
    """Without NUL and lone surrogates, which JSON or the API server cannot carry."""
    return (
        text.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    )
