"""What Alertmanager itself says about alerts, asked at most once every two seconds however many wonder."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import Protocol

from clv_operator.prometheus.alertmanager import PeerAnswer
from sloengine.incidents.fingerprint import fingerprint

REMEMBERED_SECONDS = 2.0


class Peers(Protocol):
    async def ask(self) -> tuple[PeerAnswer, ...]:
        """One answer from each configured Alertmanager; a peer that fails says so in its answer."""


class PeerListing:
    """The union of all peers; what one of them lists fires."""

    def __init__(self, peers: Peers) -> None:
        self._peers = peers
        self._asked_at = float("-inf")
        self._active: frozenset[str] | None = None

    async def active(self) -> frozenset[str] | None:
        """Fingerprints that some peer lists, silenced ones too; None when none could be asked."""
        if monotonic() - self._asked_at > REMEMBERED_SECONDS:
            self._active = listed(await self._peers.ask())
            self._asked_at = monotonic()
        return self._active


class Unasked:
    """No Alertmanager is configured, so nobody can be asked."""

    async def active(self) -> None:
        return None


def listed(answers: Sequence[PeerAnswer]) -> frozenset[str] | None:
    heard = [answer for answer in answers if answer.answered]
    if not heard:
        return None
    return frozenset(fingerprint(alert.labels) for answer in heard for alert in answer.alerts)
