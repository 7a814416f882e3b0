"""Says of each EscalationPolicy whether it can be followed: its Secrets are there, and it fits into an incident.

Looked at when a policy changes and once a minute, so that a missing Secret is told before it is needed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import structlog

from clv_operator.api.escalationpolicy import Channel, EscalationPolicy
from clv_operator.api.resource import SecretRef
from clv_operator.incidents.cluster import Secrets
from clv_operator.incidents.record import JsonObject
from clv_operator.kube.store import Collection, Rejected
from sloengine.errors import ClusterError, InvalidSpec
from sloengine.incidents.text import clip

log = structlog.get_logger(__name__)
EVERY_SECONDS = 60.0
SETTLE_SECONDS = 0.2


class Submitter(Protocol):
    def submit(self, kind: str, namespace: str, name: str, status: dict[str, Any]) -> None:
        """What the status should be, whole."""


class PolicyKeeper:
    def __init__(
        self,
        *,
        policies: Collection[EscalationPolicy],
        secrets: Secrets,
        statuses: Submitter,
        is_leading: Callable[[], bool],
    ) -> None:
        self._policies = policies
        self._secrets = secrets
        self._statuses = statuses
        self._is_leading = is_leading
        self._changed = asyncio.Event()

    async def run(self) -> None:
        def changed(*_: object) -> None:
            self._changed.set()

        self._policies.listeners.append(changed)
        try:
            while True:
                self._changed.clear()
                await self.once()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(EVERY_SECONDS):
                        await self._changed.wait()
                await asyncio.sleep(SETTLE_SECONDS)  # one look for a burst of changes
        finally:
            self._policies.listeners.remove(changed)

    async def once(self) -> None:
        """Look at every policy; one whose Secrets cannot be asked for now keeps the status it has."""
        read: dict[tuple[str, str], Mapping[str, bytes] | str] = {}
        for (namespace, name), entry in self._policies.snapshot().items():
            if isinstance(entry.model, Rejected) or not self._is_leading():
                continue
            try:
                problems = await self._problems(entry.model, namespace, read)
            except ClusterError as error:
                log.warning("Failed to look at Secrets of a policy", policy=f"{namespace}/{name}", reason=error.reason)
                continue
            self._statuses.submit("EscalationPolicy", namespace, name, status_of(entry.model, problems))

    async def _problems(
        self, policy: EscalationPolicy, namespace: str, read: dict[tuple[str, str], Mapping[str, bytes] | str]
    ) -> list[str]:
        found: list[str] = []
        for channel in policy.spec.channels:
            for ref in references(channel):
                place = (namespace, ref.name)
                if place not in read:
                    read[place] = await self._read(*place)
                data = read[place]
                if isinstance(data, str):
                    found.append(f"channel {channel.name}: Secret {ref.name} {data}")
                elif not data.get(ref.key):
                    found.append(f"channel {channel.name}: Secret {ref.name} has no key {ref.key}; add it")
        return found

    async def _read(self, namespace: str, name: str) -> Mapping[str, bytes] | str:
        """The data, or why there is none."""
        try:
            return await self._secrets.get_secret(namespace, name)
        except ClusterError as error:
            if error.reason == "NotFound":
                return f"is missing in namespace {namespace}; create it"
            if error.reason == "Forbidden":
                return "may not be read; grant the operator `get` on it"
            raise


def references(channel: Channel) -> list[SecretRef]:
    if channel.slack is not None:
        return [channel.slack.webhook_ref]
    if channel.webhook is None:
        return []
    refs = (channel.webhook.url_ref, channel.webhook.token_ref, channel.webhook.hmac_ref)
    return [ref for ref in refs if ref is not None]


def status_of(policy: EscalationPolicy, problems: list[str]) -> JsonObject:
    """The whole status. problems: sentences about its Secrets."""
    ready: JsonObject = {
        "type": "Ready",
        "status": "True",
        "reason": "Ready",
        "message": "incidents that it matches keep a copy of it when they open",
    }
    try:
        policy.snapshot()
    except InvalidSpec as error:
        ready |= {"status": "False", "reason": error.reason, "message": clip(str(error), 512)}
    else:
        if problems:
            ready |= {"status": "False", "reason": "SecretUnreadable", "message": clip("; ".join(problems), 512)}
    return {
        "severityNames": clip(",".join(severity.name for severity in policy.spec.severities), 256),
        "channelNames": clip(",".join(channel.name for channel in policy.spec.channels), 256),
        "conditions": [ready],
    }
