"""From a model to the structural schema that the API server takes.

Pydantic writes JSON Schema; the API server refuses some of it and silently drops other parts (`const`, `examples`,
`discriminator`), so that a rule would be written and hold nothing. Hence an allow-list of keywords that raises.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from clv_operator.api.base import OURS, VALIDATIONS
from clv_operator.api.kinds import Kind

Schema = dict[str, Any]

_KEPT = {
    "type",
    "description",
    "properties",
    "required",
    "items",
    "additionalProperties",
    "enum",
    "default",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    VALIDATIONS,
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-map-type",
}


class SchemaError(Exception):
    """A model says something that the API server would refuse or drop. The message names the place."""


class _Generator(GenerateJsonSchema):
    """Pydantic's generator without what a structural schema cannot say."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        # An optional field is one that is left out; an explicit null is dropped by the API server anyway.
        return self.generate_inner(schema["schema"])

    def literal_schema(self, schema: core_schema.LiteralSchema) -> JsonSchemaValue:
        # A single value would become `const`, which the API server drops.
        return {"type": "string", "enum": list(schema["expected"])}

    def encode_default(self, dft: Any) -> Any:
        # Of an object only what differs: the API server fills in the rest from the defaults of its fields.
        if isinstance(dft, BaseModel):
            return dft.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return super().encode_default(dft)

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def of_model(model: type[BaseModel]) -> Schema:
    """The structural schema of one model, without references."""
    raw = _raw(model)
    return _inline(raw, raw.get("$defs", {}), at=model.__name__)


@cache
def structural(kind: Kind) -> Schema:
    """The whole `openAPIV3Schema` of a kind: spec and status from the models, metadata left to the API server.

    Shared between callers: read it, do not change it.
    """
    raw = _raw(kind.model)
    definitions = raw["$defs"]
    spec, status = (
        _inline(raw["properties"][name], definitions, at=f"{kind.kind}.{name}") for name in ("spec", "status")
    )
    status.pop("default", None)
    rules = {VALIDATIONS: raw[VALIDATIONS]} if VALIDATIONS in raw else {}
    return {
        "type": "object",
        "description": raw["description"],
        "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string", "description": f"Version of the schema. Example: {kind.api_version}."},
            "kind": {"type": "string", "description": f"What this object is. Example: {kind.kind}."},
            "metadata": {"type": "object"},
            "spec": spec,
            "status": status,
        },
        **rules,
    }


def _raw(model: type[BaseModel]) -> Schema:
    return model.model_json_schema(schema_generator=_Generator, by_alias=True, mode="validation")


def _inline(node: Schema, definitions: dict[str, Schema], *, at: str, ours: bool = False) -> Schema:
    if "$ref" in node:
        # Beside the reference stand the field's own words; they win over those of the model.
        target = definitions[node["$ref"].removeprefix("#/$defs/")]
        node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
    ours = ours or node.get(OURS, False)
    left_out = {"title", "$defs", OURS} | ({VALIDATIONS} if ours else set())
    made = {key: value for key, value in node.items() if key not in left_out}
    if made.get("default", ...) is None:
        del made["default"]
    if made.get("additionalProperties") is False:
        # The API server prunes, or refuses under strict validation, what is not declared: that is the same demand.
        del made["additionalProperties"]
    _insist(made, at)
    if "properties" in made:
        for name, child in made["properties"].items():
            _insist_on_words(child, f"{at}.{name}")
        made["properties"] = {
            name: _inline(child, definitions, at=f"{at}.{name}", ours=ours)
            for name, child in made["properties"].items()
        }
    if "items" in made:
        made["items"] = _inline(made["items"], definitions, at=f"{at}[]", ours=ours)
        made.setdefault("x-kubernetes-list-type", "atomic")
    if made.get("additionalProperties") is True:
        raise SchemaError(f"{at}: a map of anything has no structure to check; say what its values are")
    if "additionalProperties" in made:
        made["additionalProperties"] = _inline(made["additionalProperties"], definitions, at=f"{at}{{}}", ours=ours)
    if not made.get("required", True):
        del made["required"]
    return made


def _insist(node: Schema, at: str) -> None:
    surplus = set(node) - _KEPT
    if surplus:
        raise SchemaError(f"{at}: the API server refuses or drops {', '.join(sorted(surplus))}")
    if "type" not in node:
        raise SchemaError(f"{at}: a structural schema needs a type at every node")
    if node["type"] == "string" and "enum" not in node and "maxLength" not in node:
        raise SchemaError(f"{at}: a string without maxLength makes CEL and etcd pay for it")
    if node["type"] == "array" and "maxItems" not in node:
        raise SchemaError(f"{at}: a list without maxItems makes CEL and etcd pay for it")
    if "additionalProperties" in node and ("maxProperties" not in node or "properties" in node):
        raise SchemaError(f"{at}: a map needs maxProperties and has no properties")


def _insist_on_words(field: Schema, at: str) -> None:
    """`kubectl explain` is the documentation: each field says what it is, in which unit, and shows one."""
    description = field.get("description", "")
    says, _, example = description.partition("Example: ")
    if not says or not example:
        raise SchemaError(f'{at}: a field needs a docstring that ends with "Example: ..."')
    if example.strip('"')[0].isdigit() and "Unit: " not in says:
        raise SchemaError(f'{at}: a quantity needs its "Unit: ..." before the example')
