"""Manifests that must be refused, each with the field and the sentence that its author reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.manifests import GOOD, Manifest, drop, latency_slo, put


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """says: in our words (the CEL rule's, where there is one). server: the API server's, where they are its own."""

    name: str
    kind: str
    manifest: Manifest
    field: str
    says: str
    server: str

    def __str__(self) -> str:
        return self.name


def _dotted(path: str) -> str:
    """`spec.objectives.0.target` as messages write it: `spec.objectives[0].target`."""
    return "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in path.split(".")).lstrip(".")


def _case(  # noqa: PLR0917  # a table reads best in columns
    kind: str, name: str, manifest: Manifest, path: str, says: str, server: str | None = None
) -> Refused:
    return Refused(
        name=f"{kind}: {name}",
        kind=kind,
        manifest=manifest,
        field=_dotted(path),
        says=says,
        server=says if server is None else server,
    )


def _with(  # noqa: PLR0917  # a table reads best in columns
    kind: str, name: str, path: str, value: Any, says: str, server: str | None = None, field: str = ""
) -> Refused:
    return _case(kind, name, put(GOOD[kind](), path, value), field or path, says, server)


def _without(kind: str, path: str) -> Refused:
    missing = drop(GOOD[kind](), path)
    return _case(kind, f"{path} is missing", missing, path, "it is missing; write", "Required value")


_MONEY = 'write money as a decimal string without grouping, such as "50000.00"'
_SHARE = 'it is not a share from 0 to 1; write it as a decimal string, such as "0.70" for 70 %'

TIERS = (
    _with(
        "CLVTier",
        "misspelt field",
        "spec.values.custommers",
        4,
        "there is no such field; did you mean customers?",
        "unknown field",
    ),
    _with(
        "CLVTier",
        "field of a later version",
        "spec.valuesFrom",
        {"source": "shop"},
        "there is no such field; did you mean values?",
        "unknown field",
    ),
    _with(
        "CLVTier",
        "snake case",
        "spec.label_value",
        "x",
        "there is no such field; did you mean labelValue?",
        "unknown field",
    ),
    _without("CLVTier", "spec.rank"),
    _without("CLVTier", "spec.values"),
    _without("CLVTier", "spec.values.customers"),
    _without("CLVTier", "spec.values.currency"),
    _without("CLVTier", "spec.values.residualValue"),
    _without("CLVTier", "spec.values.residualValue.mean"),
    _without("CLVTier", "spec.values.asOf"),
    _without("CLVTier", "spec"),
    _with(
        "CLVTier",
        "rank 0",
        "spec.rank",
        0,
        "0 is out of range; write a number from 1 to 5",
        "should be greater than or equal to 1",
    ),
    _with(
        "CLVTier",
        "rank 6",
        "spec.rank",
        6,
        "6 is out of range; write a number from 1 to 5",
        "should be less than or equal to 5",
    ),
    _with(
        "CLVTier",
        "rank as text",
        "spec.rank",
        "1",
        "'1' is a text; write a whole number, such as 1",
        "must be of type integer",
    ),
    _with(
        "CLVTier",
        "money as a number",
        "spec.values.residualValue.mean",
        50000.0,
        '50000.0 is a number; write a text, such as "50000.00"',
        "must be of type string",
    ),
    _with(
        "CLVTier", "money with grouping", "spec.values.residualValue.mean", "50,000.00", f"it is not money; {_MONEY}"
    ),
    _with(
        "CLVTier",
        "money with a currency",
        "spec.values.revenuePerHour",
        "40000 USD",
        f"it is not an amount of money of 0 or more; {_MONEY}",
    ),
    _with(
        "CLVTier", "revenue below 0", "spec.values.revenuePerHour", "-1", "it is not an amount of money of 0 or more"
    ),
    _with(
        "CLVTier",
        "half an interval",
        "spec.values.residualValue",
        {"mean": "5", "low": "4"},
        "an interval has two ends; give both low and high, or neither",
    ),
    _with(
        "CLVTier",
        "low above mean",
        "spec.values.residualValue.low",
        "50000.01",
        "low is above mean; write low <= mean <= high",
    ),
    _with(
        "CLVTier",
        "high below mean",
        "spec.values.residualValue.high",
        "49999.9999",
        "high is below mean; write low <= mean <= high",
    ),
    _with("CLVTier", "share above 1", "spec.values.margin", "1.01", _SHARE),
    _with("CLVTier", "share in percent", "spec.values.margin", "70%", _SHARE),
    _with(
        "CLVTier", "half a deferral", "spec.values.deferral", {"mean": "0.6", "high": "0.7"}, "an interval has two ends"
    ),
    _with("CLVTier", "deferral upside down", "spec.values.deferral.low", "0.61", "low is above mean"),
    _with("CLVTier", "deferral's high below mean", "spec.values.deferral.high", "0.59", "high is below mean"),
    _with("CLVTier", "half a churn", "spec.values.churn", {"mean": "0.1", "high": "0.7"}, "an interval has two ends"),
    _with("CLVTier", "churn upside down", "spec.values.churn.low", "0.002", "low is above mean"),
    _with("CLVTier", "churn's high below mean", "spec.values.churn.high", "0.0009", "high is below mean"),
    _with(
        "CLVTier",
        "currency by sign",
        "spec.values.currency",
        "$",
        "it is not an ISO 4217 code; write three capital letters, such as USD",
    ),
    _with(
        "CLVTier",
        "as of yesterday",
        "spec.values.asOf",
        "yesterday",
        'it is not a time; write it with its zone, such as "2026-11-20T00:00:00Z"',
    ),
    _with(
        "CLVTier", "review by spring", "spec.definition.reviewBy", "spring", 'it is not a day; write it as "2027-01-31"'
    ),
    _with(
        "CLVTier",
        "unknown basis",
        "spec.definition.basis",
        "Profit",
        "'Profit' is not known; use ContributionMargin or Revenue",
        "Unsupported value",
    ),
    _case(
        "CLVTier",
        "revenue without a margin",
        put(drop(GOOD["CLVTier"](), "spec.values.margin"), "spec.definition.basis", "Revenue"),
        "spec.definition.basis",
        "revenue is no margin; set spec.values.margin, or use basis ContributionMargin",
    ),
    _with(
        "CLVTier",
        "label value with a quote",
        "spec.labelValue",
        'pla"tinum',
        "it cannot be the value of a tier label; leave out quotes",
    ),
    _with(
        "CLVTier", "empty label value", "spec.labelValue", "", "it is shorter than 1", "should be at least 1 chars long"
    ),
    _with(
        "CLVTier",
        "age in seconds",
        "spec.maxAge",
        "3600s",
        "it is not a duration of at least a minute; write whole minutes, hours, days or weeks",
    ),
    _with(
        "CLVTier",
        "name with a dot",
        "metadata.name",
        "platinum.eu",
        "metadata.name of a tier becomes a label value; use lower-case letters, digits and '-', at most 63",
    ),
    _with(
        "CLVTier",
        "name unknown",
        "metadata.name",
        "unknown",
        "metadata.name unknown is what requests without a known tier are called; choose another name",
    ),
)

_NO_SELECTOR = 'it is not a PromQL vector selector; write metric{label="value"} alone'
_HISTOGRAM = "spec.indicator.latency.histogram"


def _latency(name: str, path: str, value: Any, says: str) -> Refused:
    return _case("TieredSLO", name, put(latency_slo(), path, value), path, says)


SLOS = (
    _with(
        "TieredSLO",
        "misspelt field",
        "spec.objectivs",
        [],
        "there is no such field; did you mean objectives?",
        "unknown field",
    ),
    _with(
        "TieredSLO",
        "misspelt field in a list",
        "spec.objectives.0.traget",
        "99",
        "there is no such field; did you mean target?",
        "unknown field",
    ),
    _with(
        "TieredSLO",
        "calendar period",
        "spec.period",
        {"rolling": "30d", "calendar": {"unit": "Month"}},
        "there is no such field; remove it; known here: rolling",
        "unknown field",
        field="spec.period.calendar",
    ),
    _with(
        "TieredSLO",
        "gauge indicator",
        "spec.indicator.gauge",
        {"metric": "up"},
        "there is no such field",
        "unknown field",
    ),
    _without("TieredSLO", "spec.service"),
    _without("TieredSLO", "spec.indicator"),
    _without("TieredSLO", "spec.indicator.ratio.errors"),
    _without("TieredSLO", "spec.indicator.ratio.total"),
    _without("TieredSLO", "spec.objectives"),
    _without("TieredSLO", "spec.objectives.0.target"),
    _without("TieredSLO", "spec.objectives.0.tier"),
    _with(
        "TieredSLO",
        "no indicator",
        "spec.indicator",
        {},
        "an indicator has exactly one source; set one of ratio and latency",
    ),
    _case(
        "TieredSLO",
        "two indicators",
        put(GOOD["TieredSLO"](), "spec.indicator.latency", latency_slo()["spec"]["indicator"]["latency"]),
        "spec.indicator",
        "an indicator has exactly one source; set one of ratio and latency",
    ),
    _with("TieredSLO", "no objective", "spec.objectives", [], "it is shorter than 1", "should have at least 1 items"),
    _with(
        "TieredSLO",
        "seven objectives",
        "spec.objectives",
        [{"tier": f"t{i}", "target": "99"} for i in range(6)] + [{"tier": "*", "target": "99"}],
        "it is longer than 6",
        "must have at most 6 items",
    ),
    _with(
        "TieredSLO",
        "two objectives for one tier",
        "spec.objectives",
        [{"tier": "gold", "target": "99"}, {"tier": "gold", "target": "98"}, {"tier": "*", "target": "90"}],
        'tier "gold" is listed twice; keep one of the two',
        "Duplicate value",
        field="spec.objectives.1",
    ),
    _with(
        "TieredSLO",
        "nothing for everyone else",
        "spec.objectives",
        [{"tier": "gold", "target": "99"}],
        'nothing is promised to everyone else; add {tier: "*", target: …}, or list every tier and "unknown"',
    ),
    _with(
        "TieredSLO",
        "target 100",
        "spec.objectives.1.target",
        "100",
        'a target lies above 0 and below 100 (100 leaves no budget to spend); write what customers notice, such as "99.9"',
    ),
    _with("TieredSLO", "target 100.0", "spec.objectives.1.target", "100.000", "a target lies above 0 and below 100"),
    _with("TieredSLO", "target 0", "spec.objectives.1.target", "0.0", "a target lies above 0 and below 100"),
    _with("TieredSLO", "target above 100", "spec.objectives.1.target", "999", "a target lies above 0 and below 100"),
    _with(
        "TieredSLO",
        "target with a sign",
        "spec.objectives.1.target",
        "99.9%",
        'it is not a percentage; write it as a decimal string, such as "99.95"',
    ),
    _with(
        "TieredSLO",
        "target as a number",
        "spec.objectives.1.target",
        99.9,
        '99.9 is a number; write a text, such as "99.95"',
        "must be of type string",
    ),
    _with(
        "TieredSLO",
        "tier in capitals",
        "spec.objectives.0.tier",
        "Platinum",
        'it names no tier; write the name of a CLVTier, "unknown", or "*" for everyone else',
    ),
    _with(
        "TieredSLO",
        "service with spaces",
        "spec.service",
        "check out",
        "it is not a plain name; use letters, digits, '-', '_' and '.'",
    ),
    _with("TieredSLO", "owner too long", "spec.owner", "o" * 64, "it is longer than 63", "may not be more than 63"),
    _with(
        "TieredSLO",
        "period in hours",
        "spec.period.rolling",
        "24h",
        "it is not a period; write whole days from 1d to 90d, such as 30d",
    ),
    _with(
        "TieredSLO",
        "period in words",
        "spec.period.rolling",
        "30 days",
        "it is not a period; write whole days from 1d to 90d, such as 30d",
    ),
    _with(
        "TieredSLO",
        "period of 91 days",
        "spec.period.rolling",
        "91d",
        "it is not a period; write whole days from 1d to 90d",
    ),
    _with(
        "TieredSLO",
        "period without a length",
        "spec.period",
        {},
        "it is missing",
        "Required value",
        field="spec.period.rolling",
    ),
    _with(
        "TieredSLO",
        "partitioned budget",
        "spec.budget.policy",
        "Partitioned",
        "'Partitioned' is not known; use PerTier",
        "Unsupported value",
    ),
    _with(
        "TieredSLO",
        "unknown weighting",
        "spec.weighting",
        "Average",
        "'Average' is not known; use Value, RequestValue or Worst",
        "Unsupported value",
    ),
    _with(
        "TieredSLO",
        "tier label with a dash",
        "spec.tierLabel",
        "clv-tier",
        "it is not a Prometheus label name; use letters, digits and '_'",
    ),
    _with(
        "TieredSLO",
        "tier label le",
        "spec.tierLabel",
        "le",
        "that label is used by Prometheus or by the rules themselves; carry the tier in a label of its own",
    ),
    _with(
        "TieredSLO",
        "tier label of Prometheus",
        "spec.tierLabel",
        "__name__",
        "that label is used by Prometheus or by the rules themselves",
    ),
    _with(
        "TieredSLO", "rate in a selector", "spec.indicator.ratio.errors", 'rate(x_total{code="500"}[5m])', _NO_SELECTOR
    ),
    _with("TieredSLO", "range in a selector", "spec.indicator.ratio.total", "x_total[5m]", _NO_SELECTOR),
    _with("TieredSLO", "offset in a selector", "spec.indicator.ratio.total", "x_total offset 5m", _NO_SELECTOR),
    _with("TieredSLO", "open brace", "spec.indicator.ratio.total", 'x_total{a="b"', _NO_SELECTOR),
    _with("TieredSLO", "open quote", "spec.indicator.ratio.total", 'x_total{a="b}', _NO_SELECTOR),
    _with("TieredSLO", "two selectors", "spec.indicator.ratio.total", 'x{a="b"} / y{a="b"}', _NO_SELECTOR),
    _with("TieredSLO", "injected selector", "spec.indicator.ratio.total", 'x{a="b"}) or vector(1', _NO_SELECTOR),
    _with("TieredSLO", "empty selector", "spec.indicator.ratio.total", "{}", _NO_SELECTOR),
    _with(
        "TieredSLO",
        "selector too long",
        "spec.indicator.ratio.total",
        "x" * 1025,
        "it is longer than 1024",
        "may not be more than 1024",
    ),
    _latency(
        "histogram by matcher alone",
        _HISTOGRAM,
        '{__name__="x"}',
        "it is not a PromQL vector selector with a metric name; write",
    ),
    _latency(
        "histogram with its suffix",
        _HISTOGRAM,
        'x_seconds_bucket{job="a"}',
        "the rules add _bucket and _count themselves; write the base name",
    ),
    _latency(
        "histogram with its suffix alone", _HISTOGRAM, "x_seconds_count", "the rules add _bucket and _count themselves"
    ),
    _latency(
        "threshold as seconds",
        "spec.indicator.latency.threshold",
        "0.3",
        "it is not a Prometheus duration; write whole numbers with units, such as 0s, 15m or 1h30m",
    ),
    _latency(
        "threshold 0",
        "spec.indicator.latency.threshold",
        "0s",
        "nothing is faster than 0; write the slowest good response, such as 300ms",
    ),
    _with(
        "TieredSLO",
        "errors below 0",
        "spec.alerting.minErrors",
        -1,
        "-1 is out of range; write a number from 0 to 1000000",
        "should be greater than or equal to 0",
    ),
    _with(
        "TieredSLO",
        "disabled in words",
        "spec.alerting.page.disabled",
        "no",
        "'no' is a text; write true or false",
        "must be of type boolean",
    ),
    _with(
        "TieredSLO",
        "label of the rules",
        "spec.alerting.page.labels",
        {"severity": "page"},
        "are set by the rules themselves, so that an alert keeps its identity; choose another label name",
    ),
    _with(
        "TieredSLO",
        "label with a dash",
        "spec.alerting.ticket.labels",
        {"my-team": "x"},
        "a key is not a Prometheus label name; use letters, digits and '_'",
    ),
)

_SLACK = {"webhookRef": {"name": "slack", "key": "url"}}

POLICIES = (
    _with(
        "EscalationPolicy",
        "channel with a space",
        "spec.channels.0.name",
        "war room",
        "it is not a plain name; use letters, digits, '-', '_' and '.'",
    ),
    _with(
        "EscalationPolicy",
        "misspelt field",
        "spec.chanels",
        [],
        "there is no such field; did you mean channels?",
        "unknown field",
    ),
    _with(
        "EscalationPolicy",
        "channel of a later version",
        "spec.channels.0.pagerDuty",
        {},
        "there is no such field",
        "unknown field",
    ),
    _with(
        "EscalationPolicy",
        "business action of a later version",
        "spec.business",
        {"atRisk": "100000"},
        "there is no such field; remove it; known here: match, severities, steps, repeat, channels",
        "unknown field",
    ),
    _with(
        "EscalationPolicy",
        "address in the open",
        "spec.channels.0.slack.url",
        "https://x",
        "there is no such field; remove it; known here: webhookRef",
        "unknown field",
    ),
    _without("EscalationPolicy", "spec.severities"),
    _without("EscalationPolicy", "spec.steps"),
    _without("EscalationPolicy", "spec.channels"),
    _without("EscalationPolicy", "spec.channels.0.name"),
    _without("EscalationPolicy", "spec.channels.0.slack.webhookRef"),
    _without("EscalationPolicy", "spec.channels.1.webhook.urlRef"),
    _without("EscalationPolicy", "spec.channels.1.webhook.urlRef.key"),
    _without("EscalationPolicy", "spec.steps.0.after"),
    _without("EscalationPolicy", "spec.steps.0.notify"),
    _without("EscalationPolicy", "spec.severities.0.name"),
    _without("EscalationPolicy", "spec.repeat.every"),
    _with(
        "EscalationPolicy",
        "two severities of one name",
        "spec.severities",
        [{"name": "SEV1", "atRisk": "5"}, {"name": "SEV1", "core": True}, {"name": "SEV2"}],
        "two severities have one name; give each its own",
    ),
    _with(
        "EscalationPolicy",
        "severity after a catch-all",
        "spec.severities",
        [{"name": "SEV1"}, {"name": "SEV2", "atRisk": "5"}],
        "a severity without a condition matches every incident, so those below it are never reached; move it to the end",
    ),
    _with(
        "EscalationPolicy",
        "unknown bound",
        "spec.severities.0.bound",
        "High",
        "'High' is not known; use Low or Mean",
        "Unsupported value",
    ),
    _with(
        "EscalationPolicy",
        "tier in capitals",
        "spec.severities.0.tiers",
        ["Platinum"],
        "it is not the name of a CLVTier",
        field="spec.severities.0.tiers.0",
    ),
    _with(
        "EscalationPolicy",
        "negative money",
        "spec.severities.0.atRisk",
        "-5",
        f"it is not an amount of money of 0 or more; {_MONEY}",
    ),
    _with(
        "EscalationPolicy",
        "step to nobody",
        "spec.steps.0.notify",
        [],
        "it is shorter than 1",
        "should have at least 1 items",
    ),
    _with(
        "EscalationPolicy",
        "step to an unknown channel",
        "spec.steps.0.notify",
        ["nobody"],
        "it names a channel that spec.channels does not list; add the channel, or mend the name",
        field="spec.steps",
    ),
    _with(
        "EscalationPolicy",
        "step for an unknown severity",
        "spec.steps.0.severities",
        ["SEV9"],
        "it names a severity that spec.severities does not list; add the severity, or mend the name",
        field="spec.steps",
    ),
    _with(
        "EscalationPolicy",
        "step unless seen",
        "spec.steps.1.unless",
        "Seen",
        "'Seen' is not known; use Acknowledged",
        "Unsupported value",
    ),
    _with("EscalationPolicy", "step after a while", "spec.steps.1.after", "a while", "it is not a Prometheus duration"),
    _with(
        "EscalationPolicy",
        "repeat every second",
        "spec.repeat.every",
        "1s",
        "it is not a duration of at least a minute",
    ),
    _with(
        "EscalationPolicy",
        "repeat for ever",
        "spec.repeat.times",
        101,
        "101 is out of range; write a number from 1 to 100",
        "should be less than or equal to 100",
    ),
    _with(
        "EscalationPolicy",
        "channel of no kind",
        "spec.channels.0",
        {"name": "war-room"},
        "a channel is of exactly one kind; set one of slack and webhook",
    ),
    _with(
        "EscalationPolicy",
        "channel of two kinds",
        "spec.channels.1.slack",
        _SLACK,
        "a channel is of exactly one kind; set one of slack and webhook",
        field="spec.channels.1",
    ),
    _with(
        "EscalationPolicy",
        "two channels of one name",
        "spec.channels.1.name",
        "war-room",
        "two channels have one name; give each its own",
        field="spec.channels",
    ),
    _with(
        "EscalationPolicy",
        "Secret in capitals",
        "spec.channels.0.slack.webhookRef.name",
        "Slack",
        "it is not the name of an object; use lower-case letters, digits, '-' and '.'",
    ),
    _with(
        "EscalationPolicy",
        "key with a slash",
        "spec.channels.0.slack.webhookRef.key",
        "a/b",
        "it is not a key of a Secret; use letters, digits, '-', '_' and '.'",
    ),
)

INCIDENTS = (
    _with(
        "RevenueIncident",
        "acknowledged at noon",
        "spec.acknowledged.at",
        "noon",
        'it is not a time; write it with its zone, such as "2026-11-20T00:00:00Z"',
    ),
    _with(
        "RevenueIncident",
        "closed without a zone",
        "spec.closed.at",
        "2026-11-20T00:00:00",
        "it is not a time; write it with its zone",
    ),
    _with(
        "RevenueIncident",
        "misspelt field",
        "spec.acknowleged",
        {},
        "there is no such field; did you mean acknowledged?",
        "unknown field",
    ),
    _without("RevenueIncident", "spec.opening"),
    _without("RevenueIncident", "spec.opening.key"),
    _without("RevenueIncident", "spec.acknowledged.by"),
    _without("RevenueIncident", "spec.acknowledged.at"),
    _without("RevenueIncident", "spec.notes.0.text"),
    _with(
        "RevenueIncident",
        "nobody acknowledges",
        "spec.acknowledged.by",
        "",
        "it is shorter than 1",
        "should be at least 1 chars long",
    ),
    _with(
        "RevenueIncident",
        "duplicate of nothing",
        "spec.closed",
        {"reason": "Duplicate"},
        "a duplicate names the incident that it repeats, and nothing else does; set `of` with reason Duplicate only",
        field="spec.closed.reason",
    ),
    _with(
        "RevenueIncident",
        "resolved as a duplicate",
        "spec.closed.reason",
        "Resolved",
        "a duplicate names the incident that it repeats",
    ),
    _with(
        "RevenueIncident",
        "closed for fun",
        "spec.closed.reason",
        "Fun",
        "'Fun' is not known; use Resolved, Duplicate or FalseAlarm",
        "Unsupported value",
    ),
    _with(
        "RevenueIncident",
        "long note",
        "spec.notes.0.text",
        "n" * 1025,
        "it is longer than 1024",
        "may not be more than 1024",
    ),
    _with(
        "RevenueIncident",
        "21 notes",
        "spec.notes",
        [{"text": "n"}] * 21,
        "it is longer than 20",
        "must have at most 20 items",
    ),
    _with("RevenueIncident", "severity in words", "spec.severityOverride", "very bad", "it is not a plain name"),
)

REFUSED = (*TIERS, *SLOS, *POLICIES, *INCIDENTS)
