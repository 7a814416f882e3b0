"""The base of every model, and the rule that is written once for the API server (CEL) and for us (Python).

A rule stands beside the model that it judges, in both languages and with one sentence; the contract test feeds the
same bad objects to the API server and to `parsing.problems` and compares the verdicts, so the two cannot drift.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

VALIDATIONS = "x-kubernetes-validations"
OURS = "x-ours"
VIOLATION = "violation"


def to_camel(name: str) -> str:
    """`burn_rate_1h` becomes `burnRate1h` (pydantic's own would write `burnRate1H`)."""
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A demand on one value: of a model in `Model.RULES`, of anything else as a mark in `Annotated[...]`.

    cel: for the API server. holds: the same in Python; None where the rule needs the old object, which only the API
    server has. field: the member that is at fault, in the API's spelling; empty: the value itself.
    problem: what is wrong, in a clause. fix: what to do, in the imperative.
    """

    cel: str
    holds: Callable[[Any], bool] | None
    problem: str
    fix: str
    field: str = ""

    @property
    def message(self) -> str:
        return f"{self.problem}; {self.fix}"

    def as_validation(self) -> dict[str, str]:
        """As an entry of `x-kubernetes-validations`."""
        # The schema of metadata is not ours, so a fieldPath into it is refused; the problem names the field instead.
        pointed = self.field and not self.field.startswith("metadata.")
        path = {"fieldPath": f".{self.field}"} if pointed else {}
        return {"rule": self.cel, "message": self.message, **path}

    def judge(self, value: Any) -> Any:
        """The value, if the rule holds."""
        if self.holds is not None and not self.holds(value):
            raise violations(self)
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.judge, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        made = handler(schema)
        made[VALIDATIONS] = [*made.get(VALIDATIONS, []), self.as_validation()]
        return made


def violations(*rules: Rule) -> PydanticCustomError:
    """One pydantic error for all rules that one value breaks; `parsing` takes it apart again."""
    text = " / ".join(rule.message for rule in rules).replace("{", "{{").replace("}", "}}")
    parts = [{"field": rule.field, "problem": rule.problem, "fix": rule.fix} for rule in rules]
    return PydanticCustomError(VIOLATION, text, {"parts": parts})


class Model(BaseModel):
    """Part of a custom resource: frozen, refuses what it does not know, spelt in camelCase outside.

    Docstrings under the fields are their descriptions in the CRD, with unit and example (a test insists).
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        use_attribute_docstrings=True,
    )

    RULES: ClassVar[tuple[Rule, ...]] = ()
    OURS: ClassVar[bool] = False
    """True: only the operator writes it. The schema then has bounds but no sentences: nobody would read them, and the
    API server would judge them again with each status write."""

    ATOMIC: ClassVar[bool] = False
    """True: one writer sets it as a whole, so that the API server keeps one entry of ownership for it."""

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, given: Any) -> Any:
        # As the API server does: an explicit null is a field left out. Unknown fields stay, to be refused by name.
        if not isinstance(given, dict):
            return given
        known = {field.alias for field in cls.model_fields.values()}
        return {key: value for key, value in given.items() if value is not None or key not in known}

    @model_validator(mode="after")
    def _obey_rules(self) -> Self:
        broken = [rule for rule in self.RULES if rule.holds is not None and not rule.holds(self)]
        if broken:
            raise violations(*broken)
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        made = handler(schema)
        target = handler.resolve_ref_schema(made)
        if cls.RULES:
            target[VALIDATIONS] = [rule.as_validation() for rule in cls.RULES]
        if cls.OURS:
            target[OURS] = True
        if cls.ATOMIC:
            target["x-kubernetes-map-type"] = "atomic"
        return made

    def as_json(self) -> dict[str, Any]:
        """As the API server takes it: camelCase, only what is set, times and numbers as text."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
