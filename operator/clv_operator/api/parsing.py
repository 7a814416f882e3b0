"""From a manifest or a watched object to a model, with a sentence about everything that is wrong with it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from clv_operator.api.base import VIOLATION
from clv_operator.api.kinds import KINDS, Kind
from clv_operator.api.resource import Resource
from clv_operator.api.schema import Schema, structural
from sloengine.errors import InvalidSpec

Location = tuple[int | str, ...]


def parse(kind: str, manifest: Mapping[str, Any]) -> Resource:
    """The model of a manifest that a person wrote; raises InvalidSpec with the first problem."""
    return _model(_registered(kind), manifest, lenient=False)


def read(kind: str, stored: Mapping[str, Any]) -> Resource:
    """The model of an object from the API server; fields of a newer CRD are passed over. Raises InvalidSpec."""
    return _model(_registered(kind), stored, lenient=True)


def problems(kind: str, manifest: Mapping[str, Any]) -> tuple[InvalidSpec, ...]:
    """Everything that is wrong with a manifest, in the order of its fields; empty for a good one."""
    registered = _registered(kind)
    try:
        _validate(registered, manifest, lenient=False)
    except ValidationError as error:
        return _sentences(registered, error)
    return ()


def _registered(kind: str) -> Kind:
    if kind in KINDS:
        return KINDS[kind]
    near = difflib.get_close_matches(kind, KINDS, n=1)
    raise InvalidSpec(
        field="kind",
        problem=f'"{kind}" is none of ours',
        fix=f"did you mean {near[0]}?" if near else f"use one of {', '.join(KINDS)}",
        reason="UnknownKind",
    )


def _validate(kind: Kind, manifest: Mapping[str, Any], *, lenient: bool) -> Resource:
    return kind.model.model_validate(manifest, by_alias=True, by_name=False, extra="ignore" if lenient else None)


def _model(kind: Kind, manifest: Mapping[str, Any], *, lenient: bool) -> Resource:
    try:
        return _validate(kind, manifest, lenient=lenient)
    except ValidationError as error:
        raise _sentences(kind, error)[0] from error


def _sentences(kind: Kind, error: ValidationError) -> tuple[InvalidSpec, ...]:
    schema = structural(kind)
    return tuple(sentence for detail in error.errors() if not _follows(detail) for sentence in _explain(schema, detail))


def _follows(detail: ErrorDetails) -> bool:
    """A list of which only the members are wrong is called too short as well, by those that are left."""
    return detail["type"] == "too_short" and len(detail["input"]) >= detail.get("ctx", {})["min_length"]


def _explain(schema: Schema, detail: ErrorDetails) -> list[InvalidSpec]:
    where, given, context = detail["loc"], detail["input"], detail.get("ctx", {})
    field = _path(where)
    if detail["type"] == VIOLATION:
        return [
            InvalidSpec(field=_join(field, part["field"]), problem=part["problem"], fix=part["fix"])
            for part in context["parts"]
        ]
    match detail["type"]:
        case "extra_forbidden":
            return [InvalidSpec(field=field, problem="there is no such field", fix=_nearest(schema, where))]
        case "missing":
            return [InvalidSpec(field=field, problem="it is missing", fix=_how_to_fill(schema, where))]
        case "literal_error":
            allowed = _at(schema, where).get("enum", [])
            return [InvalidSpec(field=field, problem=f"{given!r} is not known", fix=f"use {_either(allowed)}")]
        case (
            "string_type"
            | "int_type"
            | "int_parsing"
            | "int_from_float"
            | "bool_type"
            | "bool_parsing"
            | "dict_type"
            | "model_type"
            | "tuple_type"
        ):
            return [InvalidSpec(field=field, problem=f"{given!r} is {_called(given)}", fix=_how_to_fill(schema, where))]
        case "string_too_long" | "too_long":
            limit = context["max_length"]
            unit = _unit(given, limit)
            return [InvalidSpec(field=field, problem=f"it is longer than {limit} {unit}", fix=f"keep it to {limit}")]
        case "string_too_short" | "too_short":
            least = context["min_length"]
            unit = _unit(given, least)
            return [
                InvalidSpec(field=field, problem=f"it is shorter than {least} {unit}", fix=f"give at least {least}")
            ]
        case "greater_than_equal" | "less_than_equal":
            node = _at(schema, where)
            span = f"{node.get('minimum', '…')} to {node.get('maximum', '…')}"
            return [InvalidSpec(field=field, problem=f"{given!r} is out of range", fix=f"write a number from {span}")]
        case _:
            return [InvalidSpec(field=field, problem=_lower(detail["msg"]), fix=_how_to_fill(schema, where))]


def _unit(given: object, count: int) -> str:
    return f"{'character' if isinstance(given, str) else 'item'}{'' if count == 1 else 's'}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _called(value: object) -> str:
    match value:
        case bool():
            return "a truth value"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case None:
            return "nothing"
        case Mapping():
            return "an object"
        case list() | tuple():
            return "a list"
    return f"a {type(value).__name__}"


def _either(values: list[Any]) -> str:
    *most, last = [str(value) for value in values] or ["…"]
    return f"{', '.join(most)} or {last}" if most else last


def _path(where: Location) -> str:
    text = ""
    for part in where:
        text = _join(text, f"[{part}]" if isinstance(part, int) else part)
    return text or "(object)"


def _join(parent: str, child: str) -> str:
    if not child or not parent or parent == "(object)":
        return child or parent
    return f"{parent}{child}" if child.startswith("[") else f"{parent}.{child}"


def _at(schema: Schema, where: Location) -> Schema:
    """The part of the schema that describes `where`; empty where there is none."""
    node = schema
    for part in where:
        if isinstance(part, int):
            node = node.get("items", {})
        else:
            node = node.get("properties", {}).get(part) or node.get("additionalProperties", {})
    return node


def _nearest(schema: Schema, where: Location) -> str:
    known = list(_at(schema, where[:-1]).get("properties", {}))
    near = difflib.get_close_matches(str(where[-1]), known, n=1)
    return f"did you mean {near[0]}?" if near else f"remove it; known here: {', '.join(known)}"


def _how_to_fill(schema: Schema, where: Location) -> str:
    node = _at(schema, where)
    description = node.get("description", "")
    example = description.partition("Example: ")[2].rstrip(".")
    kind = {"string": "a text", "integer": "a whole number", "boolean": "true or false", "array": "a list"}
    wanted = kind.get(node.get("type", ""), "an object")
    quoted = example if node.get("type") != "string" or example.startswith('"') else f'"{example}"'
    return f"write {wanted}, such as {quoted}" if example else f"write {wanted}"
