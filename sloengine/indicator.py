"""What counts as total and as bad, as PromQL by tier over five minutes: E, the only thing read from raw metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import assert_never

from sloengine import duration, series
from sloengine.errors import InvalidSpec
from sloengine.selector import LABEL_NAME, Match, Matcher, Selector, parse, quote, recorded, regex_literal
from sloengine.slo import Indicator, LatencyIndicator, RatioIndicator
from sloengine.tier import UNKNOWN
from sloengine.windows import EVENT_WINDOW

_BUCKET, _COUNT = "_bucket", "_count"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventCounts:
    """total, bad: PromQL, each one series per `clv_tier` (a known tier's name or `unknown`), events of 5 minutes.

    bad_needs_zero: whether a tier without a bad series has had no bad event (a counter that nobody raised).
    """

    total: str
    bad: str
    bad_needs_zero: bool


def check(indicator: Indicator, *, field: str = "spec.indicator") -> None:
    """Raise InvalidSpec where the indicator cannot be rendered."""
    counts(indicator, tier_label=series.TIER, tier_names={}, field=field)


def counts(
    indicator: Indicator, *, tier_label: str, tier_names: Mapping[str, str], field: str = "spec.indicator"
) -> EventCounts:
    """How the indicator's events are counted by tier.

    tier_label: the label that carries the tier in telemetry. tier_names: the tier's name by the value of that label;
    every other value, and none, is `unknown`. Raises InvalidSpec for selectors that are none and for thresholds of 0.
    """
    if not LABEL_NAME.match(tier_label):
        raise InvalidSpec(
            field="spec.tierLabel",
            problem=f"{tier_label!r} is no label name",
            fix="use letters, digits and _, not starting with a digit",
        )
    match indicator:
        case RatioIndicator():
            total = parse(indicator.total, field=f"{field}.ratio.total")
            errors = parse(indicator.errors, field=f"{field}.ratio.errors")
            return EventCounts(
                total=_by_tier(_increase(total, tier_label), tier_label, tier_names),
                bad=_by_tier(_increase(errors, tier_label), tier_label, tier_names),
                bad_needs_zero=True,
            )
        case LatencyIndicator():
            base = _histogram(indicator, f"{field}.latency.histogram")
            count = _by_tier(_increase(base.with_suffix(_COUNT), tier_label), tier_label, tier_names)
            within = base.with_suffix(_BUCKET).where(bucket_matcher(indicator, field=f"{field}.latency.threshold"))
            bucket = _by_tier(_increase(within, tier_label), tier_label, tier_names)
            return EventCounts(
                # Without the bucket nobody knows what was slow: no total either, and the operator says NoSuchBucket.
                total=f"({count} and on ({series.TIER}) {bucket})",
                bad=f"clamp_min({count} - on ({series.TIER}) {bucket}, 0)",
                bad_needs_zero=False,
            )
        case _:
            assert_never(indicator)


def bucket_matcher(indicator: LatencyIndicator, *, field: str = "spec.indicator.latency.threshold") -> Matcher:
    """The condition on `le` for the threshold, in whichever way the server writes it.

    Prometheus 3 normalises a whole bound to `1.0`, Prometheus 2 keeps what the client wrote (`1` or `1.0`).
    """
    milliseconds = round(indicator.threshold.total_seconds() * 1000)
    if milliseconds <= 0:
        raise InvalidSpec(field=field, problem="is not above 0", fix="write a bucket's bound such as 300ms or 1s")
    seconds = Decimal(milliseconds) / 1000
    if seconds == seconds.to_integral_value():
        whole = f"{seconds.to_integral_value():f}"
        return Matcher(label="le", match=Match.REGEX, value=f"{whole}|{whole}\\.0")
    return Matcher(label="le", match=Match.EQUAL, value=f"{seconds.normalize():f}")


def bounds_selector(indicator: LatencyIndicator, *, field: str = "spec.indicator") -> Selector:
    """The buckets of the histogram, whatever their bound: asked for when the threshold is none of them."""
    return _histogram(indicator, f"{field}.latency.histogram").with_suffix(_BUCKET)


def events_expression(counted: EventCounts, *, slo: str) -> str:
    """E: both counts in one vector told apart by `clv_event`, without the tiers in maintenance."""
    silent = f"unless on ({series.TIER}) {recorded(series.MAINTENANCE, **{series.SLO: slo})}"
    total = f"({counted.total} {silent})"
    bad = f"({counted.bad} {silent})"
    branches = [_tag(total, series.TOTAL), _tag(bad, series.BAD)]
    if counted.bad_needs_zero:
        branches.append(_tag(f"0 * {total}", series.BAD))
    return "\nor\n".join(branches)


def _histogram(indicator: LatencyIndicator, field: str) -> Selector:
    base = parse(indicator.histogram, field=field)
    if base.name is None:
        raise InvalidSpec(
            field=field, problem="names no metric", fix="write the histogram's base name before the braces"
        )
    for suffix in (_BUCKET, _COUNT, "_sum"):
        if base.name.endswith(suffix):
            raise InvalidSpec(
                field=field,
                problem=f"ends in {suffix}",
                fix=f"write the base name, {base.name.removesuffix(suffix)}",
            )
    if any(m.label == "le" for m in base.matchers):
        raise InvalidSpec(
            field=field, problem="matches on le", fix="remove it; spec.indicator.latency.threshold says it"
        )
    return base


def _increase(selector: Selector, tier_label: str) -> str:
    # The comparisons drop NaN and Inf series by series, so that one broken pod costs its own requests only: inside a
    # sum it would poison the tier, and through the recorded counts the whole period.
    window = duration.render(EVENT_WINDOW)
    return f"sum by ({tier_label}) (increase({selector}[{window}]) >= 0 < Inf)"


def _by_tier(summed: str, tier_label: str, tier_names: Mapping[str, str]) -> str:
    """`summed` with the tier label turned into clv_tier: known tiers by name, everything else as `unknown`."""
    scratch = "clv_t" if tier_label != "clv_t" else "clv_t_"  # must not overwrite what it is read from
    same = sorted(value for value, name in tier_names.items() if value == name)
    expression = f'label_replace({summed}, "{scratch}", "{UNKNOWN}", "", "")'
    if same:
        known = quote(f"({'|'.join(map(regex_literal, same))})")
        expression = f'label_replace({expression}, "{scratch}", "$1", "{tier_label}", {known})'
    for value, name in sorted(tier_names.items()):
        if value != name:
            replacement = quote(name.replace("$", "$$"))
            pattern = quote(regex_literal(value))
            expression = f'label_replace({expression}, "{scratch}", {replacement}, "{tier_label}", {pattern})'
    renamed = f'label_replace(sum by ({scratch}) ({expression}), "{series.TIER}", "$1", "{scratch}", "(.+)")'
    return f"sum by ({series.TIER}) ({renamed})"


def _tag(expression: str, event: str) -> str:
    return f'label_replace({expression}, "{series.EVENT}", "{event}", "", "")'
