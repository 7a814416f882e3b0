"""Every rule of every profile, written out: a right that is added to the chart fails here until someone reads it."""

from typing import Any

import pytest

from tests.contract.charts.chart import of_kind, render

PROFILES: dict[str, dict[str, Any]] = {
    "everywhere": {},
    "namespaces": {"watchNamespaces": ["shop"]},
    "config-map": {"rules": {"output": "ConfigMap"}},
    "one-replica": {"replicas": 1, "aggregateRoles": False, "networkPolicy": {"enabled": True}},
}

KINDS = {
    ("clvsre.io", "tieredslos"): "get list watch",
    ("clvsre.io", "escalationpolicies"): "get list watch",
    ("clvsre.io", "revenueincidents"): "get list watch create",
    ("clvsre.io", "tieredslos/status"): "patch",
    ("clvsre.io", "escalationpolicies/status"): "patch",
    ("clvsre.io", "revenueincidents/status"): "patch",
    ("events.k8s.io", "events"): "create patch",
}
PROMETHEUS_RULES = {("monitoring.coreos.com", "prometheusrules"): "get list create update delete"}
CLUSTER = {
    ("clvsre.io", "clvtiers"): "get list watch",
    ("clvsre.io", "clvtiers/status"): "patch",
    ("authentication.k8s.io", "tokenreviews"): "create",
    ("authorization.k8s.io", "subjectaccessreviews"): "create",
}
OWN_NAMESPACE = {("coordination.k8s.io", "leases"): "get list create update"}
CONFIG_MAPS = {("", "configmaps"): "get list create update delete"}
SECRETS = {("", "secrets"): "get"}
EVENTS = {("events.k8s.io", "events"): "create patch"}


def rights(role: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {
        (group, resource): " ".join(rule["verbs"])
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


def bound(objects: list[dict[str, Any]]) -> dict[str, dict[tuple[str, str], str]]:
    """Rights by where they hold: `*` for the cluster, else a namespace."""
    cluster_roles, roles = of_kind(objects, "ClusterRole"), [item for item in objects if item["kind"] == "Role"]
    found: dict[str, dict[tuple[str, str], str]] = {}
    for binding in (item for item in objects if item["kind"] in {"RoleBinding", "ClusterRoleBinding"}):
        where = binding["metadata"].get("namespace", "*")
        name = binding["roleRef"]["name"]
        role = (
            cluster_roles[name]
            if binding["roleRef"]["kind"] == "ClusterRole"
            else next(r for r in roles if r["metadata"]["name"] == name and r["metadata"]["namespace"] == where)
        )
        found.setdefault(where, {}).update(rights(role))
    return found


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("everywhere", {"*": CLUSTER | KINDS | PROMETHEUS_RULES, "clv-sre": OWN_NAMESPACE | SECRETS}),
        ("config-map", {"*": CLUSTER | KINDS, "clv-sre": OWN_NAMESPACE | SECRETS | CONFIG_MAPS}),
        (
            "namespaces",
            {
                "*": CLUSTER,
                "shop": KINDS | PROMETHEUS_RULES,
                "clv-sre": KINDS | PROMETHEUS_RULES | OWN_NAMESPACE | SECRETS,
                "default": EVENTS,
            },
        ),
        ("one-replica", {"*": CLUSTER | KINDS | PROMETHEUS_RULES, "clv-sre": OWN_NAMESPACE | SECRETS}),
    ],
)
def test_each_profile_grants_what_was_reviewed_and_no_more(profile: str, expected: dict[str, Any]) -> None:
    assert bound(render(**PROFILES[profile])) == expected


@pytest.mark.parametrize("profile", PROFILES)
def test_no_rule_has_a_wildcard(profile: str) -> None:
    roles = [item for item in render(**PROFILES[profile]) if item["kind"] in {"Role", "ClusterRole"}]
    texts = [text for role in roles for rule in role["rules"] for texts in rule.values() for text in texts]
    assert "*" not in texts


def test_secrets_are_readable_only_where_the_owner_said_so() -> None:
    found = bound(render(secretNamespaces=["shop"]))
    assert {where for where, held in found.items() if ("", "secrets") in held} == {"clv-sre", "shop"}
