"""One query of another tool as what it counts: `sum(rate(SELECTOR[WINDOW]))` and nothing more, read as a tree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn

import promql_parser

from sloengine import duration, selector
from sloengine.errors import InvalidSpec
from sloengine.selector import Selector

# The window is a variable in Sloth's queries. A template is filled in before it can be parsed; this length stands for
# it because nobody writes it, so that a window that was written out is told apart.
_WINDOW = "7919123ms"
_LENGTH = timedelta(milliseconds=7_919_123)
_TEMPLATE = re.compile(r"\{\{-?\s*\.window\s*-?\}\}")
_MAX_LENGTH = 4096
_MAX_OPERATORS = 200  # the parser's time grows with the square of the depth, and thousands overflow its stack
_SHOWN = 80

WRITE_SUM = (
    "write sum(rate(metric{…}[{{.window}}])) of one counter; whatever else it computes, record as a counter first"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """text: PromQL with the window as a variable. field: where it stands. is_counter: a bare selector is a counter's."""

    text: str
    field: str
    is_counter: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Events in the window. function: `rate` or `increase` (also for a bare counter). grouping: the labels summed by.

    is_zero_filled: `or vector(0)` stands behind it.
    """

    selector: Selector
    function: str
    grouping: tuple[str, ...]
    field: str
    is_zero_filled: bool = False

    def is_same(self, other: Count) -> bool:
        """Whether both count the same events; the order of matchers says nothing."""
        return (self.selector.name, frozenset(self.selector.matchers), self.function, self.grouping) == (
            other.selector.name,
            frozenset(other.selector.matchers),
            other.function,
            other.grouping,
        )


def refuse(field: str, problem: str, fix: str = WRITE_SUM) -> NoReturn:
    raise InvalidSpec(field=field, problem=problem, fix=fix, reason="NotImportable")


def parse(query: Query) -> promql_parser.Expr:
    """The tree of a query. Raises InvalidSpec where it is no PromQL, or holds a template other than the window."""
    text, field = query.text, query.field
    if len(text) > _MAX_LENGTH:
        refuse(field, f"it is longer than {_MAX_LENGTH} characters", "record it as a series first, and select that")
    if sum(map(text.count, "(-+*/%^<>")) > _MAX_OPERATORS:
        refuse(
            field,
            f"it holds more than {_MAX_OPERATORS} parentheses and operators",
            "record it as a series first, and select that",
        )
    if "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
        refuse(field, "it holds a character that no query can hold", "remove NUL and lone surrogates")
    if _WINDOW in text:
        refuse(field, f"it has a window of {_WINDOW}", "write the window as {{.window}}")
    filled = _TEMPLATE.sub(_WINDOW, text)
    if "{{" in filled:
        shown = filled[filled.index("{{") :][:_SHOWN]
        refuse(field, f"it holds the template {shown}", "only {{.window}} is read; write out what the template makes")
    try:
        return promql_parser.parse(filled)
    except ValueError as error:
        problem = f"it is no PromQL ({error})".replace(_WINDOW, "{{.window}}")
        raise InvalidSpec(field=field, problem=problem, fix="mend the query", reason="NotImportable") from error


def plain(expression: promql_parser.Expr) -> promql_parser.Expr:
    """Without the parentheses around it."""
    while isinstance(expression, promql_parser.ParenExpr):
        expression = expression.expr
    return expression


def operation(
    expression: promql_parser.Expr, operator: str, *, on_nothing: bool = False
) -> tuple[promql_parser.Expr, promql_parser.Expr] | None:
    """Both sides, where it is that operation without any matching of labels; on_nothing: or `on ()` no label."""
    if not isinstance(expression, promql_parser.BinaryExpr) or str(expression.op) != operator:
        return None
    modifier = expression.modifier
    matches = _matches_all(modifier) or (on_nothing and _matches_on_nothing(modifier))
    return (plain(expression.lhs), plain(expression.rhs)) if matches else None


def is_number(expression: promql_parser.Expr, value: float) -> bool:
    return isinstance(expression, promql_parser.NumberLiteral) and expression.val == value


def count(expression: promql_parser.Expr, query: Query) -> Count:
    """What the expression counts. Raises InvalidSpec, naming what it does instead."""
    expression = plain(expression)
    filled = operation(expression, "or", on_nothing=True)
    if filled is not None and _is_vector_zero(filled[1]):
        inner = count(filled[0], query)
        if inner.grouping:
            refuse(
                query.field, "`or vector(0)` adds a series without the label that it sums by", "remove `or vector(0)`"
            )
        return Count(
            selector=inner.selector, function=inner.function, grouping=(), field=query.field, is_zero_filled=True
        )
    grouping: tuple[str, ...] = ()
    if isinstance(expression, promql_parser.AggregateExpr):
        if str(expression.op) != "sum":
            refuse(query.field, f"it aggregates with {expression.op}, not with sum")
        grouping = _grouping(expression, query)
        expression = plain(expression.expr)
    elif not isinstance(expression, promql_parser.VectorSelector):
        refuse(query.field, _does(expression))
    if isinstance(expression, promql_parser.VectorSelector):
        if not query.is_counter:
            refuse(query.field, "it reads a value and not what a counter gained: there is no rate() in it")
        return Count(selector=_selector(expression, query), function="increase", grouping=grouping, field=query.field)
    if not isinstance(expression, promql_parser.Call) or expression.func.name not in {"rate", "increase"}:
        refuse(query.field, _does(expression))
    (window,) = expression.args
    window = plain(window)
    if not isinstance(window, promql_parser.MatrixSelector):
        refuse(query.field, _does(window))
    if window.range != _LENGTH:
        fix = (
            "write [{{.window}}] for it: the rules choose their windows, and one that is fixed measures something else"
        )
        refuse(query.field, f"its window is fixed ({duration.render(window.range)})", fix)
    return Count(
        selector=_selector(window.vector_selector, query),
        function=expression.func.name,
        grouping=grouping,
        field=query.field,
    )


def _selector(expression: promql_parser.VectorSelector, query: Query) -> Selector:
    found = selector.of(expression, field=query.field)
    if any(_WINDOW in matcher.value for matcher in found.matchers):
        refuse(query.field, "the window stands inside a label's value", "write the value out")
    return found


def _grouping(expression: promql_parser.AggregateExpr, query: Query) -> tuple[str, ...]:
    modifier = expression.modifier
    if modifier is None:
        return ()
    if str(modifier.type).rpartition(".")[2] != "By":
        refuse(query.field, "it sums `without` labels", "write sum(…), or sum by (…) the label that carries the tier")
    return tuple(map(str, modifier.labels))


def _is_vector_zero(expression: promql_parser.Expr) -> bool:
    if not isinstance(expression, promql_parser.Call) or expression.func.name != "vector":
        return False
    return is_number(plain(expression.args[0]), 0)


def _matches_all(modifier: promql_parser.BinModifier | None) -> bool:
    return modifier is None or (modifier.matching is None and not modifier.return_bool and not modifier.group_labels)


def _matches_on_nothing(modifier: promql_parser.BinModifier | None) -> bool:
    if modifier is None or modifier.matching is None or modifier.return_bool or modifier.group_labels:
        return False
    return str(modifier.matching.type).rpartition(".")[2] == "Include" and not modifier.matching.labels


def _does(expression: promql_parser.Expr) -> str:
    match expression:
        case promql_parser.Call() if expression.func.name in {"rate", "increase"}:
            return f"it calls {expression.func.name}() without sum() around it"
        case promql_parser.Call():
            return f"it calls {expression.func.name}()"
        case promql_parser.BinaryExpr():
            return f"it computes with `{expression.op}` what no pair of counters holds"
        case promql_parser.AggregateExpr():
            return f"it aggregates twice, with {expression.op} inside"
        case promql_parser.SubqueryExpr():
            return "it holds a subquery"
        case promql_parser.NumberLiteral():
            return "it is a number"
        case promql_parser.MatrixSelector():
            return "it has a range without rate() around it"
        case promql_parser.UnaryExpr():
            return "it has a sign"
    return f"it is a {type(expression).__name__}"
