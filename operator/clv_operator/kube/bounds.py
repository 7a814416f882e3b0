"""Cuts a value to the bounds of its schema: one string too long would lose the whole status write."""

from __future__ import annotations

from typing import Any

ELLIPSIS = "…"


def trimmed(value: Any, schema: dict[str, Any]) -> Any:
    """`value` with strings, lists and maps cut to `maxLength`, `maxItems` and `maxProperties` of `schema`.

    Strings end in `…` where they were cut. Lists and maps keep their first items. Nulls are left out.
    """
    if isinstance(value, str):
        longest = schema.get("maxLength")
        if longest is None or len(value) <= longest or "enum" in schema or "pattern" in schema:
            return value
        return value[: max(0, longest - 1)] + ELLIPSIS if longest else ""
    if isinstance(value, list):
        items = schema.get("items", {})
        return [trimmed(item, items) for item in value[: schema.get("maxItems")] if item is not None]
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        others = schema.get("additionalProperties")
        others = others if isinstance(others, dict) else {}
        kept = list(value.items())[: schema.get("maxProperties")]
        return {key: trimmed(item, properties.get(key, others)) for key, item in kept if item is not None}
    return value
