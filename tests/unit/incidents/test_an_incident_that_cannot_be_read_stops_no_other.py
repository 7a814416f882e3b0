from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from clv_operator.incidents.committer import Committers, Outcome, Part
from clv_operator.incidents.opening import Standing
from clv_operator.incidents.peers import Unasked
from sloengine.errors import ClusterError
from sloengine.incidents.alert import Alert
from sloengine.incidents.identity import Key
from sloengine.incidents.merge import Batch

NOW = datetime(2026, 11, 25, 14, 2, tzinfo=UTC)


class Opener:
    """Finds every service's incident, and stumbles over the one of `broken`."""

    async def find(self, *, key: Key, **_: Any) -> Standing:
        if key.service == "broken":
            raise ValueError("the ledger is no base64")
        return Standing(namespace="shop", name="inc", phase="", closed_by_person=False, version="1")


class Cluster:
    async def merge_patch_status(self, *_: Any, **__: Any) -> None:
        return


def part(service: str) -> Part:
    labels = {"alertname": "Errors", "service": service}
    alert = Alert(fingerprint=f"{len(service):016x}", labels=labels, annotations={}, firing=True, starts_at=NOW)
    key = Key(service=service, scope="*", cause="-")
    return Part(key=key, namespace="shop", labels=labels, batch=Batch(group="g", alerts=(alert,)))


async def both() -> Outcome:
    made: Any = {"cluster": Cluster(), "opener": Opener()}
    committers = Committers(**made, listing=Unasked(), ranks=dict, now=lambda: NOW)
    running = asyncio.create_task(committers.run())
    try:
        with pytest.raises(ClusterError, match="cannot be read"):
            await committers.commit(part("broken"))
        return await committers.commit(part("checkout"))
    finally:
        running.cancel()


def test_an_incident_that_cannot_be_read_stops_no_other() -> None:
    assert asyncio.run(asyncio.wait_for(both(), timeout=10)).accepted == 1
