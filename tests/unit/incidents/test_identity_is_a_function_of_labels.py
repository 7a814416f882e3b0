from __future__ import annotations

import pytest

from sloengine.incidents.fingerprint import fingerprint
from sloengine.incidents.identity import Key, key_of, namespace_of, slug


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (
            {
                "alertname": "InstanceDown",
                "group": "production",
                "instance": "localhost:8081",
                "job": "node",
                "severity": "critical",
            },
            "f404ecabc8dd5cd7",
        ),
        ({"team": "x<>&", "job": "b"}, "e2081b22cfd4c691"),
        ({}, "cbf29ce484222325"),
    ],
)
def test_fingerprints_are_alertmanagers(labels: dict[str, str], expected: str) -> None:
    assert fingerprint(labels) == expected


def test_the_name_of_an_incident_follows_from_its_key() -> None:
    key = Key(service="checkout")
    assert key.incident_name(1) == "inc-checkout-rsvzgl7jaj-1"
    assert len(key.digest) == 52
    assert key.slot_name == f"clv-slot-{key.digest[:16]}"


@pytest.mark.parametrize(
    ("labels", "service"),
    [
        ({"service": "checkout", "app": "other"}, "checkout"),
        ({"service": "", "deployment": "web", "job": "node"}, "web"),
        ({"job": "node"}, "node"),
        ({"namespace": "shop"}, "unmapped/shop"),
        ({"severity": "page"}, "unmapped"),
    ],
)
def test_the_service_comes_from_the_first_label_that_names_one(labels: dict[str, str], service: str) -> None:
    assert key_of(labels) == Key(service=service)


def test_errors_and_latency_of_one_service_are_one_incident() -> None:
    errors = key_of({"alertname": "Errors", "service": "checkout", "clv_tier": "gold"})
    assert errors == key_of({"alertname": "Latency", "service": "checkout", "clv_tier": "platinum"})


def test_a_cell_or_a_cause_makes_another_incident() -> None:
    keys = {
        key_of({"service": "checkout"}).digest,
        key_of({"service": "checkout", "clv_scope": "eu-1"}).digest,
        key_of({"service": "checkout", "clv_cause": "rollout/checkout-v2"}).digest,
    }
    assert len(keys) == 3


def test_only_a_slug_of_a_label_enters_a_name() -> None:
    assert slug("Ünmapped/Shop <prod>") == "nmapped-shop-prod"
    assert slug("…") == "x"
    assert len(Key(service="a" * 300).incident_name(99_999)) <= 63


@pytest.mark.parametrize(
    ("value", "namespace"),
    [("shop/checkout", "shop"), ("", "clv"), ("shop", "clv"), ("Sh op/x", "clv"), ("../x", "clv")],
)
def test_the_namespace_is_that_of_the_slo(value: str, namespace: str) -> None:
    assert namespace_of({"clv_slo": value}, "clv") == namespace
