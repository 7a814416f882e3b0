"""Objectives as people write them for other tools, and what the plugin makes of them."""

from __future__ import annotations

from typing import Any

import yaml

from kubectl_clv.importing.conversion import Conversion, convert
from kubectl_clv.importing.draft import Settings
from kubectl_clv.manifests import _documents


def sloth(**slo: Any) -> dict[str, Any]:
    """A file of one SLO; a member of None is left out."""
    given = {
        "name": "orders",
        "objective": 99.9,
        "sli": {
            "events": {
                "error_query": 'sum(rate(orders_total{result="failed"}[{{.window}}]))',
                "total_query": "sum(rate(orders_total[{{.window}}]))",
            }
        },
        **slo,
    }
    members = {name: value for name, value in given.items() if value is not None}
    return {"version": "prometheus/v1", "service": "checkout", "slos": [members]}


def pyrra(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "pyrra.dev/v1alpha1",
        "kind": "ServiceLevelObjective",
        "metadata": {"name": "orders", "namespace": "shop", "labels": {"pyrra.dev/service": "checkout"}},
        "spec": {
            "target": "99.9",
            "window": "4w",
            "indicator": {
                "ratio": {
                    "errors": {"metric": 'orders_total{result="failed"}'},
                    "total": {"metric": "orders_total"},
                }
            },
            **spec,
        },
    }


def openslo(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "openslo/v1",
        "kind": "SLO",
        "metadata": {"name": "orders"},
        "spec": {
            "service": "checkout",
            "budgetingMethod": "Occurrences",
            "timeWindow": [{"duration": "4w", "isRolling": True}],
            "indicator": {
                "metadata": {"name": "failed-orders"},
                "spec": {
                    "ratioMetric": {
                        "counter": True,
                        "bad": measured('orders_total{result="failed"}'),
                        "total": measured("orders_total"),
                    }
                },
            },
            "objectives": [{"target": 0.999}],
            **spec,
        },
    }


def measured(query: str) -> dict[str, Any]:
    """A metricSource of OpenSLO."""
    return {"metricSource": {"type": "Prometheus", "spec": {"query": query}}}


def converted(form: str, *documents: Any, **settings: str) -> Conversion:
    """As the plugin does after reading a file of these documents."""
    return convert(list(_documents("given.yaml", yaml.safe_dump_all(documents))), form, Settings(**settings))


def carried(form: str, *documents: Any, **settings: str) -> dict[str, Any]:
    """The only TieredSLO that comes of it."""
    conversion = converted(form, *documents, **settings)
    (made,) = conversion.manifests or pytest_shows(conversion)
    return made


def changes(form: str, *documents: Any, **settings: str) -> list[tuple[str, str]]:
    """(field, problem) of each change."""
    (outcome,) = converted(form, *documents, **settings).outcomes
    assert outcome.made is not None, outcome.findings
    return [(finding.field, finding.problem) for finding in outcome.findings]


def refusal(form: str, *documents: Any, **settings: str) -> tuple[str, str, str]:
    """(field, problem, fix) of the only refusal."""
    (outcome,) = converted(form, *documents, **settings).outcomes
    assert outcome.made is None, outcome.made
    (finding,) = outcome.findings
    return finding.field, finding.problem, finding.fix


def pytest_shows(conversion: Conversion) -> list[dict[str, Any]]:
    raise AssertionError([finding.problem for outcome in conversion.outcomes for finding in outcome.findings])
