"""A PromQL vector selector as a value: parsed, extended by matchers, rendered; never pasted as text."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NoReturn

import promql_parser

from sloengine import pattern
from sloengine.errors import InvalidSpec

LABEL_NAME = re.compile(r"^[a-zA-Z_][a-zA-Z0-9_]*$")
_METRIC_NAME = re.compile(r"^[a-zA-Z_:][a-zA-Z0-9_:]*$")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_MAX_LENGTH = 4096
_MAX_PARENTHESES = 200  # the parser's time grows with the square of the depth: 2,000 take seconds

# Refused by name because each is a habit that users bring along; anything else gets the general answer.
_FIXES = {
    "MatrixSelector": ("has a range", "leave out the range ([5m]); the engine chooses the windows"),
    "SubqueryExpr": ("is a subquery", "give the counter's selector alone; the engine chooses the windows"),
    "AggregateExpr": ("aggregates", "give the counter's selector alone; the engine sums by tier"),
    "BinaryExpr": ("is a binary expression", "give one selector; record the sum of several metrics first"),
    "UnaryExpr": ("has a sign", "give the counter's selector alone"),
    "NumberLiteral": ("is a number", "give the selector of a counter"),
    "StringLiteral": ("is a string", "give the selector of a counter without quotes around it"),
}


class Match(StrEnum):
    """How a label's value is compared."""

    EQUAL = "="
    NOT_EQUAL = "!="
    REGEX = "=~"
    NOT_REGEX = "!~"


_MATCHES = {"Equal": Match.EQUAL, "NotEqual": Match.NOT_EQUAL, "Re": Match.REGEX, "NotRe": Match.NOT_REGEX}


def quote(text: str) -> str:
    """`text` as a PromQL string literal that every Prometheus since 2.0 reads back as `text`."""
    return '"' + "".join(_ESCAPES.get(c) or (c if c >= " " and c != "\x7f" else f"\\x{ord(c):02x}") for c in text) + '"'


def regex_literal(text: str) -> str:
    """A regular expression (RE2) that matches `text` and nothing else."""
    return re.sub(r"[\\.+*?()|\[\]{}^$]", r"\\\g<0>", text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """One condition on a label."""

    label: str
    match: Match
    value: str

    def __str__(self) -> str:
        return f"{self.label}{self.match.value}{quote(self.value)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """name: the metric's, or None where matchers on `__name__` choose it. matchers: in the order given."""

    name: str | None
    matchers: tuple[Matcher, ...] = ()

    def __str__(self) -> str:
        conditions = ",".join(map(str, self.matchers))
        if self.name is None:
            return f"{{{conditions}}}"
        return f"{self.name}{{{conditions}}}" if conditions else self.name

    def where(self, *matchers: Matcher) -> Selector:
        """This selector with further conditions; all must hold."""
        return replace(self, matchers=(*self.matchers, *matchers))

    def with_suffix(self, suffix: str) -> Selector:
        """The same conditions on `<name><suffix>`; ValueError where the name is chosen by matchers."""
        if self.name is None:
            raise ValueError(f"{self} has no literal name to append {suffix} to")
        return replace(self, name=self.name + suffix)


def recorded(name: str, **labels: str) -> Selector:
    """The selector of a series of ours: `name` with equality on `labels`, in the order given."""
    matchers = tuple(Matcher(label=label, match=Match.EQUAL, value=value) for label, value in labels.items())
    return Selector(name=name, matchers=matchers)


def parse(text: str, *, field: str) -> Selector:
    """The vector selector that `text` holds.

    field: where the text stands in the object, for the message. Raises InvalidSpec where the text is no PromQL, or
    is anything but one plain vector selector: ranges, offsets, `@`, functions and operators are refused with the fix.
    """
    if len(text) > _MAX_LENGTH:
        _refuse(field, f"is longer than {_MAX_LENGTH} characters", "give a shorter selector")
    if text.count("(") > _MAX_PARENTHESES:
        _refuse(field, f"holds more than {_MAX_PARENTHESES} parentheses", "give one plain selector")
    if "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
        _refuse(field, "holds a character that no label value can hold", "remove NUL and lone surrogates")
    try:
        expression = promql_parser.parse(text)
    except ValueError as error:
        fix = 'write a selector such as http_requests_total{job="checkout"}'
        if "`" in text and "escape" in str(error):  # the parser checks escapes where Prometheus reads them raw
            fix = "write the value between double quotes, each backslash doubled"
        _refuse(field, f"is no PromQL ({error})", fix, error)
    while isinstance(expression, promql_parser.ParenExpr):
        expression = expression.expr
    if isinstance(expression, promql_parser.Call):
        problem = f"calls {expression.func.name}()"
        _refuse(field, problem, "give the counter's selector alone; the engine applies increase() over 5m")
    if not isinstance(expression, promql_parser.VectorSelector):
        kind = type(expression).__name__
        problem, fix = _FIXES.get(kind, ("is not a vector selector", "give the selector of a counter"))
        _refuse(field, problem, fix)
    return of(expression, field=field)


def of(expression: promql_parser.VectorSelector, *, field: str) -> Selector:
    """The selector that stands inside a larger expression. field, errors: as for `parse`."""
    if expression.offset is not None or expression.at is not None:
        _refuse(field, "has an offset or @", "leave it out; the engine chooses the time")
    if expression.matchers.or_matchers:
        _refuse(field, "joins matchers with `or`", 'use a regular expression such as {code=~"500|503"}')
    return _selector(expression, field)


def _selector(expression: promql_parser.VectorSelector, field: str) -> Selector:
    name = expression.name
    matchers: list[Matcher] = []
    for raw in expression.matchers.matchers:
        label, value = str(raw.name), str(raw.value)
        match = _MATCHES[str(raw.op).rpartition(".")[2]]
        if label == "__name__" and match is Match.EQUAL and name is None:
            name = value
            continue
        if label == "__name__":
            _refuse(field, "matches metric names", "name one metric; record the sum of several first")
        if not LABEL_NAME.match(label):
            _refuse(field, f"matches on the label {label!r}", "use labels of letters, digits and _ only")
        if match in {Match.REGEX, Match.NOT_REGEX} and (problem := pattern.problem(value)):
            _refuse(field, f"holds a regular expression with {problem}", "write it as RE2 has it, as Prometheus does")
        matchers.append(Matcher(label=label, match=match, value=value))
    if name is not None and not _METRIC_NAME.match(name):
        _refuse(field, f"names the metric {name!r}", "use a metric name of letters, digits, _ and : only")
    if name is None:
        # increase() drops the name, and two metrics that are then alike fail the whole rule.
        _refuse(
            field, "names no single metric", 'put one metric before the braces: http_requests_total{job="checkout"}'
        )
    return Selector(name=name, matchers=tuple(matchers))


def _refuse(field: str, problem: str, fix: str, cause: Exception | None = None) -> NoReturn:
    raise InvalidSpec(field=field, problem=problem, fix=fix, reason="InvalidSelector") from cause
