"""Rules played against made-up series by promtool: what a scenario says must be recorded and firing at a minute."""

from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml

from devstack import promtool

COMPONENT = "promtool"
"""Which promtool plays; set by the fixture `version`."""

oldest_only = pytest.mark.parametrize("version", ["promtool"], indirect=True)
"""For what takes half a minute: days by the minute."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """At a minute, `expr` gives these samples and no other: value by the text of the labels."""

    minute: float
    expr: str
    samples: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        samples = [{"labels": labels, "value": value} for labels, value in self.samples.items()]
        return {"expr": self.expr, "eval_time": f"{round(self.minute * 60)}s", "exp_samples": samples}


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """series: values (in promtool's notation, one a minute) by series."""

    name: str
    series: dict[str, str]
    checks: list[Check] = field(default_factory=list)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    interval: str = "1m"

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "interval": self.interval,
            "input_series": [{"series": name, "values": values} for name, values in self.series.items()],
            "promql_expr_test": [check.to_dict() for check in self.checks],
            "alert_rule_test": self.alerts,
        }


def play(folder, groups, *scenarios, every="1m"):
    """Run all scenarios in one process, rules evaluated `every` so often; fails with what promtool saw instead."""
    assert all(scenario.checks or scenario.alerts for scenario in scenarios), "a scenario that checks nothing"
    rules = folder / "rules.yaml"
    rules.write_text(yaml.safe_dump({"groups": [group.to_dict() for group in groups]}, sort_keys=False, width=100_000))
    document = {
        "rule_files": [rules.name],
        "evaluation_interval": every,
        "group_eval_order": [group.name for group in groups],
        "tests": [scenario.to_dict() for scenario in scenarios],
    }
    tests = folder / "tests.yaml"
    tests.write_text(yaml.safe_dump(document, sort_keys=False, width=100_000))
    done = promtool("test", "rules", tests, check=False, component=COMPONENT)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def near(minute, expr, samples, *, digits=3):
    """A check on values rounded to `digits` decimals."""
    return Check(minute=minute, expr=f"round({expr}, {10**-digits:.{digits}f})", samples=samples)


def recorded(minute, group_slo, name, samples, *, digits=3):
    """A check on the recorded series `name` of one SLO: value by tier, or by `tier event`, and by no other label."""
    by = "clv_tier, clv_event" if any(" " in key for key in samples) else "clv_tier"
    texts = {}
    for key, value in samples.items():
        tier, _, event = key.partition(" ")
        labels = [f'clv_event="{event}"'] if event else []
        texts["{" + ", ".join([*labels, f'clv_tier="{tier}"']) + "}"] = value
    return near(minute, f'sum by ({by}) ({name}{{clv_slo="{group_slo}"}})', texts, digits=digits)


def firing(minute, alert, *labels):
    """A check that the alert fires for exactly these label sets (texts without clv_slo, service, owner)."""
    expr = f'sum by (clv_slo, clv_tier, clv_reason) (ALERTS{{alertname="{alert}",alertstate="firing"}})'
    return Check(minute=minute, expr=expr, samples={f"{{{text}}}": 1.0 for text in labels})
