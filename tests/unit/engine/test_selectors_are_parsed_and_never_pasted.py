"""What may stand in an indicator, what is refused with which fix, and that nothing leaves its matcher."""

import re

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sloengine.errors import InvalidSpec
from sloengine.selector import Match, Matcher, Selector, parse, quote, recorded, regex_literal


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("up", "up"),
        ('  http_requests_total { job = "shop" , code=~"5.." } ', 'http_requests_total{job="shop",code=~"5.."}'),
        ("(x{a='b'})", 'x{a="b"}'),
        ('{__name__="x",a!="b",c!~"d|e"}', 'x{a!="b",c!~"d|e"}'),
        ("job:x:rate5m{le=`a\\nb`}", 'job:x:rate5m{le="a\\\\nb"}'),
        ("x{a='say \"hi\"'}", 'x{a="say \\"hi\\""}'),
        ('x{a="line\\nbreak"}', 'x{a="line\\nbreak"}'),
    ],
)
def test_a_selector_is_rendered_the_same_however_it_is_written(text, rendered):
    assert str(parse(text, field="f")) == rendered
    assert str(parse(rendered, field="f")) == rendered


@pytest.mark.parametrize(
    ("text", "problem", "fix"),
    [
        ("rate(x[5m])", "calls rate()", "increase() over 5m"),
        ("x[5m]", "has a range", "leave out the range"),
        ("x[5m:1m]", "is a subquery", "selector alone"),
        ("x offset 5m", "has an offset", "leave it out"),
        ("x @ 1700000000", "has an offset or @", "leave it out"),
        ("sum by (a) (x)", "aggregates", "sums by tier"),
        ("x + y", "is a binary expression", "one selector"),
        ('x{a="b"} or vector(1)', "is a binary expression", "one selector"),
        ("-x", "has a sign", "selector alone"),
        ("1", "is a number", "selector of a counter"),
        ('"x"', "is a string", "without quotes"),
        ('{job="shop"}', "names no single metric", "one metric before the braces"),
        ('{__name__=~"a|b"}', "matches metric names", "name one metric"),
        ('{"a.b"}', "names the metric 'a.b'", "letters, digits"),
        ('x{"a.b"="c"}', "matches on the label 'a.b'", "letters, digits"),
        ('x{a="b" or c="d"}', "joins matchers with `or`", "regular expression"),
        ('x{a="b"', "is no PromQL", "write a selector"),
        ('x{a="b"}}', "is no PromQL", "write a selector"),
        ('x{a=~"("}', "is no PromQL", "write a selector"),
        ("", "is no PromQL", "write a selector"),
        ('x{a="\x00"}', "no label value can hold", "NUL"),
        ("x" * 5_000, "longer than 4096", "shorter"),
        ("(" * 2_000 + "x" + ")" * 2_000, "more than 200 parentheses", "one plain selector"),
        ("x{a=~`\\d+`}", "is no PromQL", "each backslash doubled"),
    ],
)
def test_anything_else_is_refused_with_the_mend(text, problem, fix):
    with pytest.raises(InvalidSpec) as refused:
        parse(text, field="spec.indicator.ratio.total")
    assert problem in refused.value.problem
    assert fix in refused.value.fix
    assert str(refused.value).startswith("spec.indicator.ratio.total: ")


def test_a_matcher_is_added_beside_those_given():
    more = parse('x{a="b"}', field="f").where(Matcher(label="le", match=Match.REGEX, value=r"1|1\.0"))
    assert str(more) == 'x{a="b",le=~"1|1\\\\.0"}'
    assert str(recorded("clv:slo_info", clv_slo="a/b")) == 'clv:slo_info{clv_slo="a/b"}'


def test_a_suffix_needs_a_literal_name():
    assert str(parse('h{a="b"}', field="f").with_suffix("_bucket")) == 'h_bucket{a="b"}'
    with pytest.raises(ValueError, match="no literal name"):
        Selector(name=None, matchers=(Matcher(label="__name__", match=Match.REGEX, value="a"),)).with_suffix("_count")


VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40)


@pytest.mark.fuzz
@given(VALUES)
def test_any_value_survives_quoting(value):
    literal = promql_parser.parse(quote(value))
    assert literal.val == value
    selector = Selector(name="x", matchers=(Matcher(label="a", match=Match.EQUAL, value=value),))
    assert parse(str(selector), field="f") == selector


@pytest.mark.fuzz
@given(VALUES.filter(lambda text: "\n" not in text))
def test_a_literal_in_a_regular_expression_matches_itself(value):
    assert re.fullmatch(regex_literal(value), value)


FRAGMENTS = st.sampled_from(
    ["x", "{", "}", "(", ")", "[5m]", '"', "'", "`", "\\", ",", "=", "=~", "!=", "a", "or", "offset 5m", "@ end()", "rate(",
     "{__name__=", '"b"', "#", "\n", " ", "\ud800", "é", "\x00", "sum by", "1e3", "-", ":", "[1h:5m]"]
)  # fmt: skip


@pytest.mark.fuzz
@given(st.one_of(st.lists(FRAGMENTS, max_size=14).map("".join), st.text(max_size=60)))
def test_whatever_is_written_is_a_selector_or_refused_with_a_fix(text):
    try:
        selector = parse(text, field="f")
    except InvalidSpec as refusal:
        refused = refusal
    else:
        refused = None
    if refused is not None:
        assert refused.fix
        assert refused.problem
        return
    again = promql_parser.parse(str(selector))
    assert isinstance(again, promql_parser.VectorSelector)
    assert again.offset is None
    assert parse(str(selector), field="f") == selector
