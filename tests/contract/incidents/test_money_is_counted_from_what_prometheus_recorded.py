"""Real Prometheus with a recorded past: the loss follows from it, and buckets that nobody watched are counted too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from devstack import Stack
from devstack.testing.fixtures import CRDS
from tests import manifests
from tests.contract.incidents.house import House, Receiver, fired, post
from tests.contract.intake.replica import wait_until_served

pytestmark = [pytest.mark.needs("apiserver", "prometheus")]
NORMAL, FAILING = 0.01, 0.31


@pytest.fixture
def own_house() -> Iterator[House]:
    with Stack.start(apiserver=True, crds=[CRDS]) as stack:
        wait_until_served(stack.api)
        yield House(stack, stack.api, stack.api.new_namespace())


def history(slo: str, broken_since: datetime, until: datetime) -> str:
    lines = ["# TYPE slo:sli_error:ratio_rate5m gauge"]
    events = ["# TYPE clv:sli_events:increase5m gauge"]
    at = until - timedelta(hours=2)
    while at <= until:
        share = FAILING if at >= broken_since else NORMAL
        labels = f'clv_slo="{slo}",clv_tier="platinum"'
        stamp = f"{at.timestamp():.0f}"
        lines.append(f'slo:sli_error:ratio_rate5m{{{labels},clv_window="5m"}} {share} {stamp}')
        events.append(f'clv:sli_events:increase5m{{{labels},clv_event="bad"}} {share * 100} {stamp}')
        events.append(f'clv:sli_events:increase5m{{{labels},clv_event="total"}} 100 {stamp}')
        at += timedelta(seconds=60)
    return "\n".join([*lines, *events, "# EOF", ""])


def test_the_loss_of_the_time_before_anybody_watched(own_house: House, receiver: Receiver) -> None:
    house, api = own_house, own_house.api
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    prometheus = house.stack.add_prometheus()
    prometheus.backfill(history(f"{house.namespace}/checkout", now - timedelta(minutes=20), now + timedelta(minutes=4)))
    api.create("/apis/clvsre.io/v1alpha1/clvtiers", manifests.tier())
    gold = manifests.tier("gold", rank=2, labelValue="gold")
    api.create("/apis/clvsre.io/v1alpha1/clvtiers", gold)
    slo = manifests.slo(namespace=house.namespace)
    api.create(f"/apis/clvsre.io/v1alpha1/namespaces/{house.namespace}/tieredslos", slo)
    severities = [{"name": "SEV1", "atRisk": "1000", "bound": "Mean"}, {"name": "SEV2"}]
    house.policy(receiver, severities=severities)
    house.start(prometheus={"url": prometheus.url})
    start = now - timedelta(minutes=17)
    alert = {
        **fired(clv_tier="platinum", severity="ticket", clv_slo=slo["metadata"]["name"]),
        "startsAt": start.isoformat(),
    }
    assert post(house, alert) == 200
    house.wait("the figures", lambda: house.incident().get("status", {}).get("atRisk", {}).get("accrued"))
    house.wait("the page", lambda: receiver.at("/pager") and receiver.at("/room"))
    status = house.incident()["status"]
    (platinum,) = [tier for tier in status["tiers"] if tier["tier"] == "platinum"]
    counted = datetime.fromisoformat(status["accruedUntil"]) - start
    assert counted >= timedelta(minutes=12)
    assert float(platinum["baseline"]) == pytest.approx(NORMAL)
    # 40,000 an hour x (0.31 - 0.01) x hours counted
    assert float(platinum["grossLost"]) == pytest.approx(40_000 * 0.30 * (counted / timedelta(hours=1)), abs=0.01)
    assert float(platinum["doseMinutes"]) == pytest.approx(counted / timedelta(minutes=1), abs=0.01)
    # a rate of 40,000 x 0.30 x 0.70 x (1 - 0.60) an hour
    assert float(status["atRisk"]["ratePerHour"]) == pytest.approx(3_360)
    assert float(status["atRisk"]["low"]) < float(status["atRisk"]["projected"]) < float(status["atRisk"]["high"])
    assert status["severity"] == "SEV1"
    assert status["tierNames"] == "platinum"
    assert receiver.at("/pager")[0].json["summary"].startswith("SEV1 checkout (platinum): up to ")
    assert "USD at risk" in receiver.at("/room")[0].json["text"]
    prometheus.kill()
    house.wait("Stale", lambda: "Stale" in _conditions(house))
    assert float(house.incident()["status"]["atRisk"]["accrued"]) >= float(status["atRisk"]["accrued"])


def test_a_prometheus_that_does_not_answer_holds_no_page_back(own_house: House, receiver: Receiver) -> None:
    house, api = own_house, own_house.stack.api
    prometheus = house.stack.add_prometheus()
    api.create("/apis/clvsre.io/v1alpha1/clvtiers", manifests.tier())
    api.create("/apis/clvsre.io/v1alpha1/clvtiers", manifests.tier("gold", rank=2, labelValue="gold"))
    slo = manifests.slo(namespace=house.namespace)
    api.create(f"/apis/clvsre.io/v1alpha1/namespaces/{house.namespace}/tieredslos", slo)
    house.policy(receiver)
    house.start(prometheus={"url": prometheus.url, "timeout": "30s"})
    prometheus.freeze()
    began = datetime.now(UTC)
    assert post(house, fired(clv_tier="platinum", severity="page", clv_slo=slo["metadata"]["name"])) == 200
    house.wait("the page", lambda: receiver.at("/pager"), seconds=25)
    assert receiver.at("/pager")[0].at - began < timedelta(seconds=8)
    assert "revenue at risk unknown" in receiver.at("/pager")[0].json["summary"]


def _conditions(house: House) -> list[str]:
    return [item["type"] for item in house.incident()["status"].get("conditions") or ()]
