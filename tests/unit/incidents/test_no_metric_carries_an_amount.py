"""Amounts are read under RBAC, in statuses; whoever may read Prometheus learns how many incidents are open, no more."""

from prometheus_client import REGISTRY

from clv_operator.incidents import metrics


def test_no_metric_of_incidents_is_of_money() -> None:
    names = [family.name for family in REGISTRY.collect() if family.name.startswith("clv_")]
    assert metrics.OPEN._name in names
    assert [name for name in names if any(word in name for word in ("revenue", "risk", "money", "usd"))] == []
