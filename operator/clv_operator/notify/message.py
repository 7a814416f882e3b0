"""What is sent: the same facts for every channel, and each channel's way to write them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sloengine.incidents.figure import cents
from sloengine.incidents.summary import Situation, headline, lines, slack

VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One entry of an outbox, with what it tells.

    id: of the entry; the receiver's key against duplicates. kind: page, update, resolve. subject: what an update says.
    """

    id: str
    kind: str
    subject: str
    namespace: str
    name: str
    uid: str
    episode: int
    generation: int
    situation: Situation
    at: datetime


def text(message: Message) -> str:
    """For people, as plain text."""
    return "\n".join([*_first(message), *lines(message.situation, now=message.at)])


def slack_text(message: Message) -> str:
    """For people, as Slack reads it."""
    return "\n".join([*_first(message), slack(message.situation, now=message.at)])


def body(message: Message) -> dict[str, Any]:
    """For programs: versioned, additive, money as decimal strings, and never of one tier."""
    seen = message.situation
    return {
        "version": VERSION,
        "id": message.id,
        "kind": message.kind,
        "subject": message.subject,
        "at": message.at.isoformat(),
        "summary": headline(seen),
        "text": text(message),
        "incident": {
            "namespace": message.namespace,
            "name": message.name,
            "uid": message.uid,
            "episode": message.episode,
            "generation": message.generation,
            "service": seen.service,
            "phase": seen.phase,
            "severity": seen.severity,
            "core": seen.core,
            "drill": seen.drill,
            "tiers": list(seen.tiers),
            "since": seen.since.isoformat(),
            "endedAt": None if seen.ended_at is None else seen.ended_at.isoformat(),
            "acknowledgedBy": seen.acknowledged_by,
            "commander": seen.commander,
        },
        "atRisk": _money(seen),
        "links": {link.label.lower(): link.url for link in seen.links},
    }


def _first(message: Message) -> list[str]:
    return [f"{message.subject}:"] if message.subject else []


def _money(seen: Situation) -> dict[str, Any] | None:
    money = seen.money
    if money is None or money.projected is None:
        return None
    found: dict[str, Any] = {
        "currency": money.currency,
        "projected": cents(money.projected.mean),
        "low": cents(money.projected.low),
        "high": cents(money.projected.high),
        "atLeast": money.at_least,
        "upTo": money.up_to,
        "staleSince": None if money.stale_since is None else money.stale_since.isoformat(),
    }
    if money.rate_per_hour is not None:
        found["ratePerHour"] = cents(money.rate_per_hour.mean)
    return found
