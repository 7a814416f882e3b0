"""The whole operator on a real API server and a real Prometheus: what several objects do to each other, and to rules."""

import sys

import pytest
import yaml

from devstack import PrometheusConfig, until
from tests.manifests import slo, tier

GROUP = "/apis/clvsre.io/v1alpha1"
RULES = "/apis/monitoring.coreos.com/v1/namespaces/{}/prometheusrules"


@pytest.fixture(scope="module")
def api(module_apiserver, prometheusrule_crd):
    module_apiserver.api.apply_crds(prometheusrule_crd)
    return module_apiserver.api


@pytest.fixture(scope="module")
def shop(api, module_stack):
    """A namespace in which an operator runs, with a Prometheus that reads nobody's rules."""
    namespace = api.new_namespace()
    prometheus = module_stack.add_prometheus(PrometheusConfig())
    config = module_stack.folder / "operator.yaml"
    document = {
        "namespace": namespace,
        "watchNamespaces": [namespace],
        "web": {"listen": "127.0.0.1:0", "readyFile": str(module_stack.folder / "ready"), "shutdownGrace": "0s"},
        "evaluation": {"interval": "1s"},
        "prometheus": {"url": prometheus.url},
        "log": {"format": "text"},
    }
    config.write_text(yaml.safe_dump(document))
    argv = [sys.executable, "-m", "clv_operator", "--config", config, "--kubeconfig", api.kubeconfig]
    module_stack.spawn("operator", argv)
    return namespace


def make_tier(api, name, rank, *, currency="USD", mean="100.00", customers=100):
    values = {"customers": customers, "currency": currency, "residualValue": {"mean": mean}}
    manifest = tier(name, rank=rank, labelValue=name, values={**values, "asOf": "2026-11-20T00:00:00Z"})
    api.create(f"{GROUP}/clvtiers", manifest)


def condition(api, path, of):
    """(status, reason, message), as kubectl would show it."""
    found = api.get(path).get("status", {}).get("conditions", [])
    return next(((c["status"], c["reason"], c["message"]) for c in found if c["type"] == of), ("", "", ""))


def comes(api, path, of, reason):
    return until(
        lambda: condition(api, path, of) if condition(api, path, of)[1] == reason else None,
        what=f"{of} of {path} has the reason {reason}",
        timeout_seconds=30,
    )


@pytest.mark.xdist_group("bad-input")
def test_tiers_and_slos_that_collide_are_told_and_the_others_go_on(api, shop):
    tiers, slos = f"{GROUP}/clvtiers", f"{GROUP}/namespaces/{shop}/tieredslos"
    make_tier(api, "platinum", 1)
    make_tier(api, "gold", 2)
    comes(api, f"{tiers}/platinum", "Ready", "Accepted")

    make_tier(api, "silver", 2)
    status, _, message = comes(api, f"{tiers}/silver", "Ready", "RankConflict")
    assert status == "False"
    assert "rank 2" in message
    assert condition(api, f"{tiers}/gold", "Ready")[0] == "True"
    api.delete(f"{tiers}/silver")

    make_tier(api, "bronze", 3, currency="EUR")
    assert "EUR" in comes(api, f"{tiers}/bronze", "Ready", "CurrencyConflict")[2]
    comes(api, f"{tiers}/gold", "Ready", "EqualWeights")
    api.delete(f"{tiers}/bronze")
    comes(api, f"{tiers}/gold", "Ready", "Accepted")

    for name in ("platinum", "gold"):
        api.merge(f"{tiers}/{name}", {"spec": {"values": {"customers": 0}}})
    assert "no tier has a positive residual value" in comes(api, f"{tiers}/gold", "Ready", "EqualWeights")[2]
    until(lambda: api.get(f"{tiers}/gold")["status"]["weight"] == "0.5", what="all weigh the same")

    theirs = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "clv-slo-owned"},
        "spec": {"groups": []},
    }
    api.create(RULES.format(shop), theirs)
    star = [{"tier": "*", "target": "99.9"}]
    api.create(slos, slo("owned", shop, objectives=star))
    api.create(slos, slo("typo", shop, objectives=[{"tier": "platinm", "target": "99.9"}, *star]))
    api.create(slos, slo("good", shop, objectives=star))
    assert "clv-slo-owned" in comes(api, f"{slos}/owned", "RulesInSync", "RuleConflict")[2]
    assert "platinm" in comes(api, f"{slos}/typo", "Ready", "UnknownTier")[2]
    assert "http_requests_total" in comes(api, f"{slos}/good", "DataAvailable", "NoSuchMetric")[2]
    assert "ruleSelector" in comes(api, f"{slos}/good", "RulesInSync", "NotLoaded")[2]
    made = {item["metadata"]["name"]: item for item in api.get(RULES.format(shop))["items"]}
    assert set(made) == {"clv-shared", "clv-slo-good", "clv-slo-owned"}
    assert made["clv-slo-owned"]["spec"] == {"groups": []}
