"""The shapes that are carried, each because it is exactly the same; everything else is refused with the mend."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_clv.importing.counts import Query
from kubectl_clv.importing.indicators import as_source, from_errors, from_good, from_ratio
from sloengine.errors import InvalidSpec
from sloengine.indicator import check
from sloengine.selector import Match, Matcher, Selector, parse

W = "[{{.window}}]"
TOTAL = f"sum(rate(a{W}))"


def errors(bad, total=TOTAL, tier_label="clv_tier"):
    return as_source(from_errors(Query(text=bad, field="bad"), Query(text=total, field="total"), tier_label=tier_label))


def ratio(text):
    return as_source(from_ratio(Query(text=text, field="q"), tier_label="clv_tier"))


@pytest.mark.parametrize(
    ("bad", "total", "source"),
    [
        (f'sum(rate(a{{code=~"5.."}}{W}))', TOTAL, {"errors": 'a{code=~"5.."}', "total": "a"}),
        (f"(sum((rate(b{W}))))", f"(({TOTAL}))", {"errors": "b", "total": "a"}),
        ("sum(increase(b[{{ .window }}]))", "sum(increase(a[{{- .window -}}]))", {"errors": "b", "total": "a"}),
        (f"sum(rate(b{W})) or vector(0)", TOTAL, {"errors": "b", "total": "a"}),
        (f"sum(rate(b{W})) OR on() vector(0)", TOTAL, {"errors": "b", "total": "a"}),
        (f"sum by (clv_tier) (rate(b{W}))", f"sum(rate(a{W})) by (clv_tier)", {"errors": "b", "total": "a"}),
        (f"sum by () (rate(b{W}))", TOTAL, {"errors": "b", "total": "a"}),
        (f'{TOTAL} - sum(rate(a{{code!~"5.."}}{W}))', TOTAL, {"errors": 'a{code=~"5.."}', "total": "a"}),
        (f'sum(rate(a{{x="1",y="2"}}{W})) - sum(rate(a{{z!="3",y="2",x="1"}}{W}))', f'sum(rate(a{{y="2",x="1"}}{W}))',
         {"errors": 'a{y="2",x="1",z="3"}', "total": 'a{y="2",x="1"}'}),
        (f'sum(rate(b{{a="\\"}}\\n"}}{W}))', TOTAL, {"errors": 'b{a="\\"}\\n"}', "total": "a"}),
        (f"sum(rate(b{{a='[5m]'}}{W}))", TOTAL, {"errors": 'b{a="[5m]"}', "total": "a"}),
    ],
)  # fmt: skip
def test_counters_are_carried_as_selectors(bad, total, source):
    assert errors(bad, total) == {"ratio": source}


@pytest.mark.parametrize("total", [f'sum(rate(h_count{{j="p"}}{W}))', f'sum(rate(h_bucket{{le="+Inf",j="p"}}{W}))'])
@pytest.mark.parametrize(
    ("bound", "threshold"), [("0.3", "300ms"), ("1", "1s"), ("1.0", "1s"), ("2.5", "2500ms"), ("1e-1", "100ms")]
)
def test_a_bucket_against_its_count_is_a_latency(total, bound, threshold):
    bad = f'{total} - sum(rate(h_bucket{{j="p",le="{bound}"}}{W}))'
    assert errors(bad, total) == {"latency": {"histogram": 'h{j="p"}', "threshold": threshold}}


@pytest.mark.parametrize(
    "text",
    [
        f'sum(rate(a{{ok="0"}}{W})) / {TOTAL}',
        f'1 - sum(rate(a{{ok!="0"}}{W})) / {TOTAL}',
        f'1 - (sum(rate(a{{ok!="0"}}{W})) / {TOTAL})',
        f'({TOTAL} - sum(rate(a{{ok!="0"}}{W}))) / {TOTAL}',
    ],
)
def test_one_query_of_a_ratio_is_taken_apart(text):
    assert ratio(text) == {"ratio": {"errors": 'a{ok="0"}', "total": "a"}}


@pytest.mark.parametrize(
    ("bad", "problem", "fix"),
    [
        ("sum(rate(b[5m]))", "its window is fixed (5m)", "[{{.window}}]"),
        ("sum(rate(b[7919123ms]))", "has a window of 7919123ms", "{{.window}}"),
        (f"sum(irate(b{W}))", "calls irate()", "record as a counter first"),
        (f"rate(b{W})", "calls rate() without sum()", "sum(rate("),
        (f"sum(rate(b{W} offset 5m))", "has an offset", "leave it out"),
        (f"sum(rate(b{W} @ end()))", "has an offset or @", "leave it out"),
        (f"sum(rate(b{W})) + sum(rate(c{W}))", "computes with `+`", "record as a counter first"),
        (f"sum(rate(b{W})) > 0", "computes with `>`", "record as a counter first"),
        (f"2 * sum(rate(b{W}))", "computes with `*`", "record as a counter first"),
        (f"sum(rate(b{W})) or vector(1)", "computes with `or`", "record as a counter first"),
        (f"sum(rate(b{W})) or ignoring (x) vector(0)", "computes with `or`", "record as a counter first"),
        (f"count(rate(b{W}))", "aggregates with count", "sum(rate("),
        (f"sum without (pod) (rate(b{W}))", "sums `without` labels", "the label that carries the tier"),
        (f"sum by (pod) (rate(b{W}))", "grouped by different labels", "sum both by the same label"),
        (f"sum by (clv_tier) (rate(b{W})) or vector(0)", "adds a series without the label", "remove"),
        (f"sum(sum(rate(b{W})))", "aggregates twice", "sum(rate("),
        (f"sum(max_over_time(b{W}))", "calls max_over_time()", "sum(rate("),
        (f"sum(rate(b{W}[1h:5m]))", "is no PromQL", "mend the query"),
        ("sum(rate(b[1h:5m]))", "holds a subquery", "sum(rate("),
        ("sum(b)", "no rate() in it", "sum(rate("),
        ("0", "is a number", "sum(rate("),
        (f"-sum(rate(b{W}))", "has a sign", "sum(rate("),
        (f"sum(increase(b{W}))", "increase() is set against rate()", "the same function"),
        (f'sum(rate({{job="b"}}{W}))', "names no single metric", "one metric before the braces"),
        (f'sum(rate(b{{a="{{{{.window}}}}"}}{W}))', "inside a label's value", "write the value out"),
        (f"sum(rate(b{W})) / {{{{.total}}}}", "holds the template {{.total}}", "only {{.window}} is read"),
        (f"sum(rate(b{W})", "is no PromQL", "mend the query"),
        ("", "is no PromQL", "mend the query"),
        ("b\x00", "no query can hold", "NUL"),
        ("-" * 4_000 + "b", "parentheses and operators", "record it as a series"),
        ("b" * 5_000, "longer than 4096", "record it as a series"),
        (f'sum(rate(b{W})) - sum(rate(b{{x="1"}}{W}))', "while all events are a", "same selector"),
        (f"{TOTAL} - sum(rate(a{W}))", "nothing would ever be bad", "bad events"),
        (f'{TOTAL} - sum(rate(a{{x="1",y="2"}}{W}))', "in several conditions", "bad events"),
        (f"{TOTAL} - sum(rate(c{W}))", "no one histogram", "bad events"),
        (f"{TOTAL} - on () sum(rate(a{W}))", "computes with `-`", "record as a counter first"),
        (f"{TOTAL} - ignoring (x) sum(rate(a{W}))", "computes with `-`", "record as a counter first"),
        (f"{TOTAL} - on () group_left () sum(rate(a{W}))", "computes with `-`", "record as a counter first"),
    ],
)
def test_everything_else_is_refused_with_the_mend(bad, problem, fix):
    with pytest.raises(InvalidSpec) as refused:
        errors(bad)
    assert refused.value.field == "bad"
    assert problem in refused.value.problem
    assert fix in refused.value.fix


@pytest.mark.parametrize(
    ("total", "problem", "fix"),
    [
        (f"sum(rate(a{W})) or vector(0)", "by `or vector(0)`", "without it"),
        (f"sum by (handler) (rate(a{W}))", "a budget for each value of handler", "--tier-label"),
        (f"{TOTAL} - sum(rate(b{W}))", "computes with `-`", "record as a counter first"),
    ],
)
def test_all_events_are_one_counter(total, problem, fix):
    with pytest.raises(InvalidSpec) as refused:
        errors(f"sum(rate(b{W}))", total)
    assert (refused.value.field, problem in refused.value.problem, fix in refused.value.fix) == ("total", True, True)


@pytest.mark.parametrize(
    "text", [TOTAL, f"1 - {TOTAL}", f"2 - {TOTAL} / {TOTAL}", f"{TOTAL} / 0 * 3", f"{TOTAL} / on () {TOTAL}"]
)
def test_what_is_no_ratio_is_refused(text):
    with pytest.raises(InvalidSpec, match="it is no ratio"):
        ratio(text)


def test_a_bucket_that_is_missing_must_not_count_as_zero():
    with pytest.raises(InvalidSpec, match="a missing bucket counts as 0"):
        errors(f'sum(rate(h_count{W})) - (sum(rate(h_bucket{{le="1"}}{W})) or vector(0))', f"sum(rate(h_count{W}))")


LABELS = ("code", "result")
VALUES = st.sampled_from(["", "200", "500", "503", "ok"])
SERIES = st.lists(
    st.tuples(st.fixed_dictionaries(dict.fromkeys(LABELS, VALUES)), st.integers(0, 9)), max_size=8
)  # (labels, events)
MATCHERS = st.builds(
    Matcher,
    label=st.sampled_from(LABELS),
    match=st.sampled_from(Match),
    value=st.sampled_from(["", "200", "5..", "500|ok", ".*"]),
)


def holds(matcher, labels):
    is_equal = labels[matcher.label] == matcher.value
    is_match = re.fullmatch(matcher.value, labels[matcher.label]) is not None
    outcomes = {
        Match.EQUAL: is_equal,
        Match.NOT_EQUAL: not is_equal,
        Match.REGEX: is_match,
        Match.NOT_REGEX: not is_match,
    }
    return outcomes[matcher.match]


def events(series, selector):
    return sum(n for labels, n in series if all(holds(matcher, labels) for matcher in selector.matchers))


@pytest.mark.fuzz
@given(SERIES, st.lists(MATCHERS, max_size=2), MATCHERS)
def test_all_less_the_good_ones_counts_exactly_the_bad_ones(series, common, more):
    total = Selector(name="a", matchers=tuple(common))
    good = total.where(more)
    whole, part = (Query(text=f"sum(rate({each}{W}))", field="f") for each in (total, good))
    try:
        indicator = from_good(part, whole, tier_label="clv_tier")
    except InvalidSpec:
        assert more in common
        return
    bad = parse(indicator.errors, field="f")
    assert events(series, bad) == events(series, total) - events(series, good)


PIECES = st.sampled_from(
    ["sum", "(", ")", "rate(", "increase(", "a", "b_bucket", 'a{le="1"}', "{", "}", W, "[5m]", " - ", " / ", "1", " or vector(0)",
     " by (clv_tier) ", "{{.window}}", "{{", "}}", '"', "\\", "`", ",", "=~", "\n", "é", "\ud800", "\x00", "#", "offset 1m", "-", "@ end()"]
)  # fmt: skip


@pytest.mark.fuzz
@given(*[st.one_of(st.lists(PIECES, max_size=16).map("".join), st.text(max_size=60))] * 2)
def test_whatever_is_written_is_an_indicator_or_refused_with_a_mend(first, second):
    for make in (from_errors, from_good):
        outcome = attempt(make, first, second)
        if isinstance(outcome, InvalidSpec):
            assert outcome.problem
            assert outcome.fix
        else:
            check(outcome)


def attempt(make, first, second):
    try:
        return make(Query(text=first, field="f"), Query(text=second, field="f"), tier_label="clv_tier")
    except InvalidSpec as refusal:
        return refusal
