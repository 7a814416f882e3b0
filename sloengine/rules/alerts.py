"""The four alerts of one TieredSLO: all tiers in each, one firing series a tier, with labels that never move.

An alert is what Alertmanager and the incident intake know it by, so labels say what (SLO, tier, kind) and never how
much or by which pair of windows: those change while it fires, and a changed label is another alert.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sloengine import duration, period, series
from sloengine.rules.counts import events, reach
from sloengine.rules.promql import number, tagged, union
from sloengine.rules.ratios import burn
from sloengine.rules.rule import Rule
from sloengine.rules.settings import RuleSettings
from sloengine.selector import recorded
from sloengine.slo import AlertTweak, Slo
from sloengine.windows import DAY, HOUR, LOOKBACK, Pair, Severity, label, pairs

PAGE = "ClvBudgetBurnPage"
TICKET = "ClvBudgetBurnTicket"
EXHAUSTED = "ClvBudgetExhausted"
NO_DATA = "ClvSLINoData"

_LOST_EVENTS = 10  # fewer in an hour, and an hour without any is chance


def rules(slo: Slo, settings: RuleSettings) -> tuple[Rule, ...]:
    """The alerts that the SLO has not disabled; `alerting.ticket` speaks for every alert of that severity."""
    made = (
        _burn_rule(slo, settings, PAGE, Severity.PAGE),
        _burn_rule(slo, settings, TICKET, Severity.TICKET),
        _exhausted_rule(slo, settings),
        _no_data_rule(slo, settings),
    )
    return tuple(rule for rule in made if not _tweak(slo, Severity(rule.labels["severity"])).disabled)


def _tweak(slo: Slo, severity: Severity) -> AlertTweak:
    return slo.alerting.page if severity is Severity.PAGE else slo.alerting.ticket


def _labels(slo: Slo, severity: Severity, kind: str) -> dict[str, str]:
    ours = {
        series.SLO: slo.key,
        series.BURN: kind,
        "severity": severity.value,
        "service": slo.service,
        "owner": slo.owner,
    }
    # Ours win: they are the alert's identity. An empty label is no label.
    return {**_tweak(slo, severity).labels, **{name: value for name, value in ours.items() if value}}


def _of_slo(slo: Slo, name: str, **labels: str) -> str:
    return str(recorded(name, **{series.SLO: slo.key}, **labels))


def _by_identity(expression: str, *more: str) -> str:
    return f"max by ({', '.join((series.SLO, series.TIER, *more))}) (\n{expression}\n)"


def _burn_rule(slo: Slo, settings: RuleSettings, alert: str, severity: Severity) -> Rule:
    chosen = [pair for pair in pairs(period.length(slo.period)) if pair.severity is severity]
    annotations = _annotations(slo, settings, alert, f"burns its error budget {_format('$value')} times too fast")
    if severity is Severity.PAGE and slo.playbook:
        annotations["playbook"] = slo.playbook
    return Rule(
        alert=alert,
        expr=_by_identity(union(_pair(slo, pair) for pair in chosen)),
        labels=_labels(slo, severity, severity.value),
        annotations=annotations,
    )


def _pair(slo: Slo, pair: Pair) -> str:
    factor = number(pair.factor)
    conditions = [
        f"{burn(slo, pair.long, series.MEAN)} > {factor}",
        f"{burn(slo, pair.short, series.MEAN)} > {factor}",
        f"{burn(slo, pair.long, series.LOW)} > 1",
    ]
    joined = f"\nand on ({series.TIER}) ".join(f"({condition})" for condition in conditions)
    if pair.warm_up:
        existed = (
            f"last_over_time({_of_slo(slo, series.SLO_INFO)}[{reach(LOOKBACK)}] offset {duration.render(pair.warm_up)})"
        )
        joined += f"\nand on ({series.SLO}) {existed}"
    return f"({joined})"


def _exhausted_rule(slo: Slo, settings: RuleSettings) -> Rule:
    low = burn(slo, period.length(slo.period), series.LOW)
    expr = f"({_of_slo(slo, series.BUDGET_REMAINING)} <= 0)\nand on ({series.TIER}) ({low} > 0)"
    problem = f"has spent its error budget of {period.label(slo.period)}"
    return Rule(
        alert=EXHAUSTED,
        expr=_by_identity(expr),
        labels=_labels(slo, Severity.TICKET, "exhausted"),
        annotations=_annotations(slo, settings, EXHAUSTED, problem),
    )


def _no_data_rule(slo: Slo, settings: RuleSettings) -> Rule:
    total = events(slo, clv_event=series.TOTAL)
    bad = events(slo, clv_event=series.BAD)
    day = _of_slo(slo, series.EVENTS_DAYS, clv_window=label(DAY), clv_event=series.TOTAL)
    hour = _of_slo(slo, series.EVENTS_HOURS, clv_window=label(HOUR), clv_event=series.TOTAL)
    then = f"{hour} offset {duration.render(DAY)} >= {_LOST_EVENTS}"
    week_before = f"{hour} offset {duration.render(7 * DAY)} >= {_LOST_EVENTS}"
    reasons = {
        "Absent": f"({day} > 0) unless on ({series.SLO}) {total}",
        "TrafficLost": (
            f"(({then}) and on ({series.TIER}) ({week_before}))"
            f" unless on ({series.TIER}) ({hour} > 0) and on ({series.SLO}) ({total} > 0)"
        ),
        "BadOverTotal": (
            f"({bad} > ignoring ({series.EVENT}) (1.05 * {total} + 1))"
            f" or (({bad} > 0) unless ignoring ({series.EVENT}) {total})"
        ),
    }
    silent = f"unless on ({series.TIER}) {_of_slo(slo, series.MAINTENANCE)}"
    branches = union(tagged(f"({expression})", series.REASON, reason) for reason, expression in reasons.items())
    annotations = {
        "summary": f"{slo.service}: what tier {{{{ $labels.clv_tier }}}} experiences cannot be measured"
        f" ({{{{ $labels.clv_reason }}}}, {slo.key})",
        "runbook_url": settings.runbook_url(NO_DATA),
    }
    return Rule(
        alert=NO_DATA,
        expr=_by_identity(f"(\n{branches}\n)\n{silent}", series.REASON),
        wait=timedelta(minutes=10),
        labels=_labels(slo, Severity.TICKET, "nodata"),
        annotations=annotations,
    )


def _annotations(slo: Slo, settings: RuleSettings, alert: str, problem: str) -> dict[str, str]:
    whose = f'{series.SLO}=\\"{slo.key}\\",{series.TIER}=\\"%s\\"'
    left = f"{series.BUDGET_REMAINING}{{{whose}}}"
    seconds = round(period.length(slo.period).total_seconds())
    hour_burn = f'{series.BURN_RATE}{{{whose},{series.WINDOW}=\\"1h\\",{series.BOUND}=\\"mean\\"}}'
    gone = f"clamp_min({left}, 0) * {seconds} / on ({series.SLO}, {series.TIER}) {hour_burn}"
    return {
        "summary": (
            f"{slo.service}: tier {{{{ $labels.clv_tier }}}} {problem} ({slo.key})"
            f"; budget left {_query(left, 1, 'humanizePercentage')}"
            f"; at this rate it lasts {_query(gone, 2, 'humanizeDuration')}"
        ),
        "runbook_url": settings.runbook_url(alert),
    }


def _format(value: str) -> str:
    return f'{{{{ {value} | printf "%.1f" }}}}'


def _query(expression: str, times: int, form: str) -> str:
    """A template that asks Prometheus for one number about the alert's tier; `expression` names it `times` over."""
    tier = " ".join(["$labels.clv_tier"] * times)
    return (
        f'{{{{ with printf "{expression}" {tier} | query }}}}'
        f"{{{{ . | first | value | {form} }}}}{{{{ else }}}}unknown{{{{ end }}}}"
    )


def names() -> Iterable[str]:
    """Every alert that a TieredSLO can have."""
    return (PAGE, TICKET, EXHAUSTED, NO_DATA)
