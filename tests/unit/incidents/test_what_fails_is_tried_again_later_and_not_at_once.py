from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clv_operator.api import read
from clv_operator.incidents.escalator import Escalator
from clv_operator.incidents.meter import Sheet
from clv_operator.incidents.world import World
from clv_operator.kube.resource import CLV_TIER, REVENUE_INCIDENT, TIERED_SLO
from clv_operator.kube.store import Collection
from sloengine.errors import ClusterError
from tests import manifests

NOW = datetime(2026, 11, 25, 14, 2, tzinfo=UTC)
GONE = ClusterError("nobody answers", reason="Unreachable", retryable=True)
BROKEN: dict[str, Any] = {"phase": "Asleep"}


class Cluster:
    """answer: raised, or the status of every incident. asked: how often."""

    def __init__(self, answer: ClusterError | dict[str, Any]) -> None:
        self.answer, self.asked = answer, 0

    async def get(self, *_: Any) -> dict[str, Any]:
        self.asked += 1
        if isinstance(self.answer, ClusterError):
            raise self.answer
        return {**incident(), "status": self.answer}


class Meter:
    async def now(self, *_: Any, **__: Any) -> Sheet:
        return Sheet()


def incident() -> dict[str, Any]:
    body = manifests.incident()
    meta = {"uid": "u", "resourceVersion": "1", "namespace": "shop", "creationTimestamp": "2026-11-25T14:00:00Z"}
    return {**body, "metadata": {**body["metadata"], **meta}, "spec": {"opening": body["spec"]["opening"]}}


def collection(resource: Any) -> Collection[Any]:
    return Collection(resource=resource, parse=lambda body: read(resource.kind, body))


@pytest.mark.parametrize("answer", [GONE, BROKEN])
async def test_an_incident_that_cannot_be_loaded_is_not_asked_for_without_pause(answer: Any) -> None:
    cluster, incidents = Cluster(answer), collection(REVENUE_INCIDENT)
    incidents.put(incident())
    parts: dict[str, Any] = dict.fromkeys(("writer", "counter", "courier"))
    escalator = Escalator(
        **parts,
        incidents=incidents,
        cluster=cluster,  # type: ignore[arg-type]  # it needs no more than `get` here
        meter=Meter(),  # type: ignore[arg-type]  # as above
        world=World(tiers=collection(CLV_TIER), slos=collection(TIERED_SLO)),
        is_leading=lambda: True,
        mitigated_for=timedelta(minutes=5),
        now=lambda: NOW,
    )
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(escalator.run(), timeout=0.5)
    assert cluster.asked == 1
