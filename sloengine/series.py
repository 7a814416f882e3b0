"""The names of everything that we record and alert on, in one place; shapes in docs and in the design's series table."""

from __future__ import annotations

from datetime import timedelta

from sloengine.selector import Match, Matcher, Selector, recorded, regex_literal
from sloengine.windows import label

EVENTS_5M = "clv:sli_events:increase5m"
EVENTS_HOURS = "clv:sli_events:increase_hours"
EVENTS_DAYS = "clv:sli_events:increase_days"
ERROR_BUDGET = "clv:error_budget:ratio"
BURN_RATE = "clv:burn_rate:ratio"
BUDGET_REMAINING = "clv:budget_remaining:ratio"
SLO_INFO = "clv:slo_info"
MAINTENANCE = "clv:maintenance:active"
TIER_WEIGHT = "clv:tier_weight:ratio"
TIER_VALUE = "clv:tier_value:ratio"
WEIGHTED_ERROR = "clv:sli_error_weighted:ratio"
WEIGHTED_BURN = "clv:burn_rate_weighted:ratio"
WEIGHT_COVERAGE = "clv:weight_coverage:ratio"
UNKNOWN_SHARE = "clv:unknown_share:ratio"

SLO = "clv_slo"
TIER = "clv_tier"
EVENT = "clv_event"
WINDOW = "clv_window"
BOUND = "clv_bound"
PERIOD = "clv_period"
HASH = "clv_hash"
WEIGHTING = "clv_weighting"
BURN = "clv_burn"
REASON = "clv_reason"

TOTAL, BAD = "total", "bad"
MEAN, LOW = "mean", "low"


def error_ratio(window: timedelta) -> str:
    """The name that Sloth's dashboards know: `slo:sli_error:ratio_rate30d`."""
    return f"slo:sli_error:ratio_rate{label(window)}"


def any_of(names: tuple[str, ...], **labels: str) -> Selector:
    """The series of several names with equality on `labels`."""
    pattern = "|".join(map(regex_literal, names))
    by_name = Matcher(label="__name__", match=Match.REGEX, value=pattern)
    return Selector(name=None, matchers=(by_name, *recorded("x", **labels).matchers))
