"""Real traffic to Prometheus, Alertmanager, operator, channel double, and back through the plugin.

One fault, seen at every station; the tests of this module stand in the order of the way. What comes after, up to
Resolved, is in the story.
"""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from devstack import until
from examples.shop.demo import sight
from examples.shop.demo.stage import NAMESPACE, Stage
from examples.shop.demo.telling import Seen, Sight

pytestmark = [
    pytest.mark.needs("apiserver", "prometheus", "alertmanager", "kubectl"),
    pytest.mark.timeout(420),
]


def wait_for(stage: Stage, sees: Callable[[Stage], Sight], *, seconds: int) -> Sight:
    sights: list[Sight] = []

    def look() -> bool:
        sights.append(sees(stage))
        return isinstance(sights[-1], Seen)

    until(look, what=sees.__name__, timeout_seconds=seconds, every_seconds=1)
    return sights[-1]


@pytest.fixture(scope="module")
def broken(stage: Stage) -> Iterator[Stage]:
    """Budgets were known, nothing fired; then every checkout of platinum fails."""
    wait_for(stage, sight.budgets, seconds=150)
    assert stage.prometheus.query('ALERTS{alertstate="firing",clv_slo!=""}') == []
    assert stage.incident() is None
    stage.break_checkout()
    yield stage
    stage.mend_checkout()


def clv(stage: Stage, *arguments: str) -> str:
    return stage.cluster.kubectl("clv", *arguments)


def test_one_incident_opens_with_the_revenue_at_risk(broken: Stage) -> None:
    wait_for(broken, sight.incident, seconds=180)
    (incident,) = broken.cluster.objects("revenueincidents", namespace=NAMESPACE)
    assert incident["spec"]["opening"]["service"] == "checkout"
    assert incident["status"]["tierNames"] == "platinum"
    at_risk = {key: Decimal(incident["status"]["atRisk"][key]) for key in ("low", "projected", "high")}
    assert 0 < at_risk["low"] < at_risk["projected"] < at_risk["high"]


def test_each_channel_of_the_first_step_is_told_once(broken: Stage) -> None:
    wait_for(broken, sight.first_page, seconds=60)
    pages = [message for message in broken.received() if message["to"] in {"on-call", "war-room"}]
    assert sorted(message["to"] for message in pages) == ["on-call", "war-room"]
    assert all(message["body"]["text"].startswith("SEV1 checkout (platinum") for message in pages)
    assert all("USD at risk" in message["body"]["text"] for message in pages)
    assert not any("burns 0x" in message["body"]["text"] for message in pages)


def test_the_plugin_shows_what_the_commander_reads_first(broken: Stage) -> None:
    name = broken.incident_name()
    (listed,) = json.loads(clv(broken, "incident", "list", "-n", NAMESPACE, "-o", "json"))
    assert listed["name"] == name
    assert clv(broken, "incident", "summary", name, "-n", NAMESPACE).startswith("SEV1 checkout (platinum")
    assert name in clv(broken, "top", "-n", NAMESPACE)


def test_nobody_answers_and_the_next_step_is_taken(broken: Stage) -> None:
    wait_for(broken, sight.second_step, seconds=120)
    assert [message["to"] for message in broken.received()].count("manager") == 1


def test_an_acknowledgement_through_the_plugin_counts(broken: Stage) -> None:
    broken.acknowledge("jane@example.com")
    wait_for(broken, sight.acknowledged, seconds=30)
    incident = broken.incident() or {}
    assert incident["spec"]["acknowledged"]["by"] == "jane@example.com"


def test_an_alert_that_both_replicas_took_counts_once(broken: Stage) -> None:
    (incident,) = broken.cluster.objects("revenueincidents", namespace=NAMESPACE)
    assert incident["status"]["alerts"]["firing"] == 1
