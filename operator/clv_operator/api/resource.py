"""What all kinds share: metadata, conditions, references to Secrets, and the object around spec and status."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from clv_operator.api.base import Model, Rule, violations
from clv_operator.api.text import Number, ObjectName, SecretKey, SignedMoney, Text, Time, Whole, free

GROUP = "clvsre.io"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"


class ListMap:
    """A list in which `key` tells the items apart: the API server merges by it and refuses a second one."""

    def __init__(self, key: str) -> None:
        self.key = key

    def _judge(self, items: tuple[Model, ...]) -> tuple[Model, ...]:
        seen: set[str] = set()
        for index, item in enumerate(items):
            value = str(getattr(item, self.key))
            if value in seen:
                raise violations(
                    Rule(
                        cel="",
                        holds=None,
                        field=f"[{index}]",
                        problem=f'{self.key} "{value}" is listed twice',
                        fix="keep one of the two",
                    )
                )
            seen.add(value)
        return items

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._judge, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(schema) | {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [self.key]}


class Metadata(Model):
    """The part of the metadata that we read; the API server owns its rules."""

    model_config = ConfigDict(extra="ignore")

    name: str
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    labels: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)
    creation_timestamp: Time | None = None
    deletion_timestamp: Time | None = None


class Condition(Model):
    """One observation of the operator about the object."""

    type: Annotated[
        str,
        Text(
            max_length=63,
            pattern=r"^[A-Z][A-Za-z0-9]{0,62}$",
            problem="it is not a condition type",
            fix="write it in UpperCamelCase",
        ),
    ]
    """What is observed. Example: Ready."""
    status: Literal["True", "False", "Unknown"]
    """Whether it holds. Example: "True"."""
    observed_generation: Annotated[int, Whole(0)] | None = None
    """The generation of the object that was looked at. Unit: generation. Example: 3."""
    last_transition_time: Time
    """When `status` last changed; it does not move otherwise. Unit: RFC 3339 time. Example: 2026-11-20T00:00:00Z."""
    reason: Annotated[
        str,
        Text(
            max_length=128,
            pattern=r"^[A-Za-z][A-Za-z0-9_,:]{0,127}$",
            problem="it is not a reason",
            fix="write it in UpperCamelCase",
        ),
    ]
    """Why, in one word for programs. Example: RankConflict."""
    message: Annotated[str, free(512)]
    """Why, for people, and what mends it. Example: tier gold has rank 1 too; give one of them another rank."""


Conditions = Annotated[tuple[Condition, ...], Field(max_length=8), ListMap("type")]


class SecretRef(Model):
    """One key of a Secret in the namespace of the object that refers to it. Read when used, never stored."""

    name: ObjectName
    """Name of the Secret. Example: slack."""
    key: SecretKey
    """Key in the Secret. Example: url."""


class Interval(Model):
    """Money with its 90 % interval."""

    mean: SignedMoney
    """Best estimate. Unit: money. Example: "50000.00"."""
    low: SignedMoney | None = None
    """Lower end of the 90 % interval; give both ends or none. Unit: money. Example: "42000.00"."""
    high: SignedMoney | None = None
    """Upper end of the 90 % interval; give both ends or none. Unit: money. Example: "61000.00"."""


class MoneyRate(Model):
    """Money per hour with its 90 % interval, in one currency."""

    mean: Number
    """Best estimate. Unit: money per hour. Example: "120.00"."""
    low: Number | None = None
    """Lower end of the 90 % interval. Unit: money per hour. Example: "40.00"."""
    high: Number | None = None
    """Upper end of the 90 % interval. Unit: money per hour. Example: "310.00"."""
    currency: Annotated[str, free(3)] | None = None
    """ISO 4217 code. Example: USD."""


class Resource(Model):
    """An object of one of our kinds, as it lies in the API server. `spec` and `status` are narrowed by each kind."""

    KIND: ClassVar[str]

    api_version: Literal["clvsre.io/v1alpha1"] = "clvsre.io/v1alpha1"
    kind: str
    metadata: Metadata

    @property
    def key(self) -> tuple[str, str]:
        """(namespace, name); the namespace of a cluster-scoped object is empty."""
        return self.metadata.namespace, self.metadata.name

    @property
    def created_at(self) -> datetime | None:
        return self.metadata.creation_timestamp
