"""Two counts as an indicator: bad over all, or a histogram's bucket against its count, where that is exactly the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import promql_parser

from kubectl_clv.importing.counts import Count, Query, count, is_number, operation, parse, plain, refuse
from sloengine.selector import Match, Matcher, Selector
from sloengine.slo import Indicator, LatencyIndicator, RatioIndicator

_BUCKET, _COUNT = "_bucket", "_count"
_INFINITE = "+Inf"
_OPPOSITE = {
    Match.EQUAL: Match.NOT_EQUAL,
    Match.NOT_EQUAL: Match.EQUAL,
    Match.REGEX: Match.NOT_REGEX,
    Match.NOT_REGEX: Match.REGEX,
}


def from_errors(errors: Query, total: Query, *, tier_label: str) -> Indicator:
    """From a query of bad events (or `total - good`) and one of all events. Raises InvalidSpec where it is not exact."""
    whole = _total(count(parse(total), total), tier_label)
    return _bad(plain(parse(errors)), whole, errors, tier_label)


def from_good(good: Query, total: Query, *, tier_label: str) -> Indicator:
    """From a query of good events and one of all events."""
    whole = _total(count(parse(total), total), tier_label)
    return _without(whole, _fitting(count(parse(good), good), whole, tier_label))


def from_ratio(query: Query, *, is_success: bool = False, tier_label: str) -> Indicator:
    """From one query of a ratio: bad/total, 1 - good/total, (total - good)/total; of successes: the opposite."""
    expression = plain(parse(query))
    difference = operation(expression, "-")
    if difference is not None and is_number(difference[0], 1):
        expression, is_success = difference[1], not is_success
    ratio = operation(expression, "/")
    if ratio is None:
        refuse(query.field, "it is no ratio of two counters")
    above, below = ratio
    whole = _total(count(below, query), tier_label)
    if is_success:
        return _without(whole, _fitting(count(above, query), whole, tier_label))
    return _bad(above, whole, query, tier_label)


def from_selectors(*, total: Selector, good: Selector, total_field: str, good_field: str) -> Indicator:
    """From the counter of all events and the counter of good ones."""
    whole = Count(selector=_whole(total), function="increase", grouping=(), field=total_field)
    return _without(whole, Count(selector=good, function="increase", grouping=(), field=good_field))


def as_source(indicator: Indicator) -> dict[str, Any]:
    """As `spec.indicator` of a TieredSLO."""
    from sloengine import duration

    match indicator:
        case RatioIndicator(errors=errors, total=total):
            return {"ratio": {"errors": errors, "total": total}}
        case LatencyIndicator(histogram=histogram, threshold=threshold):
            return {"latency": {"histogram": histogram, "threshold": duration.render(threshold)}}


def _bad(expression: promql_parser.Expr, total: Count, query: Query, tier_label: str) -> Indicator:
    difference = operation(expression, "-")
    if difference is None:
        bad = _fitting(count(expression, query), total, tier_label)
        return RatioIndicator(errors=str(bad.selector), total=str(total.selector))
    minuend = _total(count(difference[0], query), tier_label)
    if not minuend.is_same(total):
        refuse(
            query.field,
            f"it subtracts from {minuend.selector}, while all events are {total.selector}",
            "use the same selector and function on both sides, or count the bad events themselves",
        )
    return _without(total, _fitting(count(difference[1], query), total, tier_label))


def _total(counted: Count, tier_label: str) -> Count:
    if counted.is_zero_filled:
        fix = "remove `or vector(0)`: idleness and lost data are told apart without it"
        refuse(counted.field, "all events are 0 where nothing is known, by `or vector(0)`", fix)
    if counted.grouping not in {(), (tier_label,)}:
        labels = ", ".join(counted.grouping)
        fix = "remove the grouping; where one of these labels carries the customer's tier, sum by it alone and say --tier-label"
        refuse(counted.field, f"it has a budget for each value of {labels}", fix)
    return replace(counted, selector=_whole(counted.selector))


def _fitting(part: Count, total: Count, tier_label: str) -> Count:
    """The part, if its ratio to the total is one."""
    if part.function != total.function:
        fix = "use the same function in both, or the ratio depends on the window"
        refuse(part.field, f"{part.function}() is set against {total.function}()", fix)
    if part.grouping != total.grouping and not (part.is_zero_filled and not total.grouping):
        refuse(part.field, "the two counts are grouped by different labels", "sum both by the same label, or by none")
    return part


def _whole(selector: Selector) -> Selector:
    """The count of a histogram, where its bucket of everything was chosen: the two are the same number."""
    infinite = [m for m in selector.matchers if m.label == "le" and m.match is Match.EQUAL and m.value == _INFINITE]
    if not infinite or selector.name is None or not selector.name.endswith(_BUCKET):
        return selector
    name = selector.name.removesuffix(_BUCKET) + _COUNT
    return Selector(name=name, matchers=tuple(m for m in selector.matchers if m not in infinite))


def _without(total: Count, good: Count) -> Indicator:
    """All events but the good ones, as selectors: exact for one more matcher, and for a histogram's bucket."""
    if good.selector.name != total.selector.name:
        return _latency(total, good)
    known = set(total.selector.matchers)
    more = [matcher for matcher in good.selector.matchers if matcher not in known]
    fix = "write a selector of the bad events as the error query"
    if not known <= set(good.selector.matchers):
        refuse(
            good.field, "the good events are no part of all events: a condition on all events is missing on them", fix
        )
    if len(set(more)) != 1:
        what = (
            "are all events, so nothing would ever be bad"
            if not more
            else "differ from all events in several conditions"
        )
        refuse(good.field, f"the good events {what}", fix)
    opposite = replace(more[0], match=_OPPOSITE[more[0].match])
    return RatioIndicator(errors=str(total.selector.where(opposite)), total=str(total.selector))


def _latency(total: Count, good: Count) -> Indicator:
    inside, whole = good.selector, total.selector
    base = (inside.name or "").removesuffix(_BUCKET)
    if not base or f"{base}{_BUCKET}" != inside.name or f"{base}{_COUNT}" != whole.name:
        fix = "write a selector of the bad events as the error query; a latency sets name_bucket against name_count"
        refuse(good.field, f"{inside.name} is set against {whole.name}: two metrics that are no one histogram", fix)
    bounds = [matcher for matcher in inside.matchers if matcher.label == "le"]
    others = tuple(matcher for matcher in inside.matchers if matcher.label != "le")
    if len(bounds) != 1 or bounds[0].match is not Match.EQUAL:
        fix = 'write the bound as le="0.3": the rules match both spellings of a whole number themselves'
        refuse(good.field, "the bucket is not chosen by one le=", fix)
    if set(others) != set(whole.matchers):
        fix = "give both the same matchers"
        refuse(good.field, "bucket and count of the histogram are filtered differently", fix)
    if good.is_zero_filled:
        refuse(
            good.field, "a missing bucket counts as 0 by `or vector(0)`", "remove it: a missing bucket is told by name"
        )
    return LatencyIndicator(
        histogram=str(Selector(name=base, matchers=others)), threshold=_threshold(bounds[0], good.field)
    )


def _threshold(bound: Matcher, field: str) -> timedelta:
    try:
        milliseconds = Decimal(bound.value) * 1000
    except InvalidOperation:
        milliseconds = Decimal("nan")
    if not milliseconds.is_finite() or not 0 < milliseconds < 10**9 or milliseconds != milliseconds.to_integral_value():
        fix = "choose a bucket of whole milliseconds"
        refuse(field, f'le="{bound.value[:40]}" is no threshold from 1ms to 11 days', fix)
    return timedelta(milliseconds=int(milliseconds))
