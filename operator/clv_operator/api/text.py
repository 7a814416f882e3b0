"""The strings of the API: money, shares, durations, times, names, selectors; each with its bound and its sentence.

The bound goes into the schema as `pattern` and `maxLength`. The sentence goes beside it as a rule, because the API
server's own message for a pattern is the pattern.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, Strict, ValidatorFunctionWrapHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from clv_operator.api.base import VALIDATIONS, Rule


@cache
def matcher(pattern: str) -> re.Pattern[str]:
    """`pattern` with the meaning that RE2 gives it: ASCII classes, and `$` at the very end only."""
    return re.compile(re.sub(r"\$$", r"\\Z", pattern), re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A string with bounds. problem and fix: the sentence for what does not match `pattern`."""

    max_length: int
    min_length: int = 0
    pattern: str = ""
    problem: str = ""
    fix: str = ""

    def _rule(self) -> Rule | None:
        if not self.pattern:
            return None
        quoted = self.pattern.replace("\\", "\\\\").replace("'", "\\'")
        expression = matcher(self.pattern)
        return Rule(
            cel=f"self.matches('{quoted}')",
            holds=lambda text: bool(expression.match(text)),
            problem=self.problem,
            fix=self.fix,
        )

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        bounded = core_schema.str_schema(
            strict=True, max_length=self.max_length, min_length=self.min_length or None, strip_whitespace=False
        )
        rule = self._rule()
        return bounded if rule is None else core_schema.no_info_after_validator_function(rule.judge, bounded)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        made: JsonSchemaValue = {"type": "string", "maxLength": self.max_length}
        if self.min_length:
            made["minLength"] = self.min_length
        rule = self._rule()
        if rule is not None:
            made |= {"pattern": self.pattern, VALIDATIONS: [rule.as_validation()]}
        return made


# Spelt out because `format: date-time` lets through what is no time: an offset of 25 hours, even a list [V].
_LONG = r"(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
_SHORT = r"(0[469]|11)-(0[1-9]|[12][0-9]|30)"
_FEBRUARY = r"02-(0[1-9]|1[0-9]|2[0-8])"
_LEAP_DAY = r"(19|20|21)([02468][048]|[13579][26])-02-29"
_DAY = rf"((19|20|21)[0-9]{{2}}-({_LONG}|{_SHORT}|{_FEBRUARY})|{_LEAP_DAY})"
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]"
_TIME = Text(
    max_length=35,
    pattern=rf"^{_DAY}T{_CLOCK}:[0-5][0-9](\.[0-9]{{1,9}})?(Z|[+-]{_CLOCK})$",
    problem="it is not a time",
    fix='write it with its zone, such as "2026-11-20T00:00:00Z"',
)
_DATE = Text(max_length=10, pattern=rf"^{_DAY}$", problem="it is not a day", fix='write it as "2027-01-31"')


class _Parsed(ABC):
    """A text that is something else inside. YAML readers that make times of unquoted text are obeyed."""

    TEXT: Text

    @abstractmethod
    def read(self, value: Any, check: ValidatorFunctionWrapHandler) -> Any:
        """What the text says; raises what pydantic reports."""

    @abstractmethod
    def write(self, value: Any) -> str:
        """The text that says it."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(
            self.read,
            self.TEXT.__get_pydantic_core_schema__(str, handler),
            serialization=core_schema.plain_serializer_function_ser_schema(self.write),
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return self.TEXT.__get_pydantic_json_schema__(schema, handler)


class Timestamp(_Parsed):
    """RFC 3339 outside, aware UTC inside."""

    TEXT = _TIME

    def read(self, value: Any, check: ValidatorFunctionWrapHandler) -> datetime:
        if isinstance(value, datetime):
            return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        text: str = check(value)
        # Nanoseconds are legal outside; datetime keeps six digits.
        return datetime.fromisoformat(re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", text)).astimezone(UTC)

    def write(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Day(_Parsed):
    """A calendar day."""

    TEXT = _DATE

    def read(self, value: Any, check: ValidatorFunctionWrapHandler) -> date:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        return date.fromisoformat(check(value))

    def write(self, value: date) -> str:
        return value.isoformat()


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `least` to `most`; 1.0 is one, as it is for the API server, "1" is not."""

    least: int = 0
    most: int = 2**53 - 1

    @staticmethod
    def _whole(value: Any) -> Any:
        return int(value) if isinstance(value, float) and value.is_integer() else value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        bounded = core_schema.int_schema(strict=True, ge=self.least, le=self.most)
        return core_schema.no_info_before_validator_function(self._whole, bounded)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


def _text(max_length: int, pattern: str = "", problem: str = "", fix: str = "", *, min_length: int = 0) -> Text:
    return Text(max_length=max_length, min_length=min_length, pattern=pattern, problem=problem, fix=fix)


_NO_MONEY = "it is not money"
_WRITE_MONEY = 'write money as a decimal string without grouping, such as "50000.00"'

Flag = Annotated[bool, Strict()]
Time = Annotated[datetime, Timestamp()]
CalendarDay = Annotated[date, Day()]
SignedMoney = Annotated[str, _text(19, r"^-?[0-9]{1,13}(\.[0-9]{1,4})?$", _NO_MONEY, _WRITE_MONEY)]
Money = Annotated[
    str, _text(18, r"^[0-9]{1,13}(\.[0-9]{1,4})?$", "it is not an amount of money of 0 or more", _WRITE_MONEY)
]
Share = Annotated[
    str,
    _text(
        14,
        r"^(0(\.[0-9]{1,12})?|1(\.0{1,12})?)$",
        "it is not a share from 0 to 1",
        'write it as a decimal string, such as "0.70" for 70 %',
    ),
]
Number = Annotated[
    str,
    _text(32, r"^-?[0-9]{1,15}(\.[0-9]{1,12})?$", "it is not a decimal number", 'write it as a string, such as "1.25"'),
]
Currency = Annotated[
    str, _text(3, r"^[A-Z]{3}$", "it is not an ISO 4217 code", "write three capital letters, such as USD")
]
_DURATION = r"^([0-9]{1,4}w)?([0-9]{1,5}d)?([0-9]{1,6}h)?([0-9]{1,7}m)?([0-9]{1,8}s)?([0-9]{1,9}ms)?$"
_NO_DURATION = "it is not a Prometheus duration"
Duration = Annotated[
    str, _text(32, _DURATION, _NO_DURATION, "write whole numbers with units, such as 0s, 15m or 1h30m", min_length=2)
]
LongDuration = Annotated[
    str,
    _text(
        32,
        r"^([1-9][0-9]{0,3}w)?([1-9][0-9]{0,4}d)?([1-9][0-9]{0,5}h)?([1-9][0-9]{0,6}m)?$",
        "it is not a duration of at least a minute",
        "write whole minutes, hours, days or weeks, such as 30m, 24h or 90d",
        min_length=2,
    ),
]
_LABEL = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
_WRITE_LABEL = "use lower-case letters, digits and '-', at most 63, beginning and ending with a letter or digit"
TierName = Annotated[str, _text(63, _LABEL, "it is not the name of a CLVTier", _WRITE_LABEL)]
ObjectName = Annotated[
    str,
    _text(
        253,
        r"^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$",
        "it is not the name of an object",
        "use lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit",
    ),
]
SecretKey = Annotated[
    str, _text(253, r"^[-._a-zA-Z0-9]{1,253}$", "it is not a key of a Secret", "use letters, digits, '-', '_' and '.'")
]
Word = Annotated[
    str,
    _text(
        63,
        r"^[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$",
        "it is not a plain name",
        "use letters, digits, '-', '_' and '.', at most 63, beginning and ending with a letter or digit",
    ),
]
LabelName = Annotated[
    str,
    _text(
        63,
        r"^[a-zA-Z_][a-zA-Z0-9_]{0,62}$",
        "it is not a Prometheus label name",
        "use letters, digits and '_', not beginning with a digit, such as clv_tier",
    ),
]
_MATCHER = r"""[a-zA-Z_][a-zA-Z0-9_]*\s*(=~|!~|!=|=)\s*("([^"\\]|\\.)*"|'([^'\\]|\\.)*'|`[^`]*`)"""
_BRACES = rf"\{{\s*({_MATCHER}(\s*,\s*{_MATCHER})*\s*,?)?\s*\}}"
_METRIC = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_NO_SELECTOR = "it is not a PromQL vector selector"
Selector = Annotated[
    str,
    _text(
        1024,
        rf"^\s*({_METRIC}\s*({_BRACES})?|\{{\s*{_MATCHER}(\s*,\s*{_MATCHER})*\s*,?\s*\}})\s*$",
        _NO_SELECTOR,
        'write metric{label="value"} alone; leave out functions, ranges such as [5m] and offsets, which the rules add',
    ),
]
HistogramSelector = Annotated[
    str,
    _text(
        1024,
        rf"^\s*{_METRIC}\s*({_BRACES})?\s*$",
        _NO_SELECTOR + " with a metric name",
        'write metric{label="value"} with the base name of the histogram, without _bucket, and nothing around it',
    ),
]


def free(max_length: int, *, min_length: int = 0) -> Text:
    """Text for people, bounded and nothing else; a mark for `Annotated`."""
    return _text(max_length, min_length=min_length)
