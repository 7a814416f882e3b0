"""Alertmanager's messages reordered, repeated and cut, with its API beside them, against the plain truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sloengine.incidents.alert import Alert
from sloengine.incidents.fingerprint import fingerprint
from sloengine.incidents.ledger import AlertState
from sloengine.incidents.merge import Alerts, Batch, merge, suspects
from sloengine.incidents.reconcile import ABSENT_FOR, Listing, absent, overdue, reconciled

T0 = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)
NAMES = ("A", "B", "C")


@dataclass
class Truth:
    """One alert at Alertmanager. start: of the current or last occurrence."""

    firing: bool = False
    start: datetime = T0
    end: datetime | None = None
    ever: bool = False


@dataclass
class Sent:
    batch: Batch
    left: int = field(default=2)


def alert_of(name: str, truth: Truth) -> Alert:
    labels = {"alertname": name, "service": "checkout"}
    return Alert(
        fingerprint=fingerprint(labels),
        labels=labels,
        annotations={},
        firing=truth.firing,
        starts_at=truth.start,
        ends_at=truth.end,
    )


PRINTS = {name: alert_of(name, Truth()).fingerprint for name in NAMES}


class Messages(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = T0
        self.truth = {name: Truth() for name in NAMES}
        self.alerts = Alerts()
        self.flying: list[Sent] = []
        self.missing: dict[str, datetime] = {}

    def active(self) -> frozenset[str]:
        return frozenset(PRINTS[name] for name, truth in self.truth.items() if truth.firing)

    @rule(name=st.sampled_from(NAMES))
    def fire(self, name: str) -> None:
        if not self.truth[name].firing:
            self.truth[name] = Truth(firing=True, start=self.now, ever=True)

    @rule(name=st.sampled_from(NAMES))
    def end(self, name: str) -> None:
        truth = self.truth[name]
        if truth.firing and truth.start < self.now:
            self.truth[name] = Truth(firing=False, start=truth.start, end=self.now, ever=True)

    @rule(seconds=st.integers(1, 200))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(cut=st.integers(0, 2))
    def flush(self, cut: int) -> None:
        listed = [alert_of(name, truth) for name, truth in self.truth.items() if truth.ever]
        kept = tuple(listed[: max(0, len(listed) - cut)])
        self.flying.append(Sent(Batch(group="g", alerts=kept, dropped=min(cut, len(listed)))))

    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        if not self.flying:
            return
        sent = self.flying[data.draw(st.integers(0, len(self.flying) - 1))]
        self._take(sent.batch)
        sent.left -= 1
        if sent.left == 0:
            self.flying.remove(sent)

    def _take(self, batch: Batch) -> None:
        doubted = suspects(self.alerts, batch.alerts, now=self.now)
        merged = merge(self.alerts, batch, now=self.now, disbelieved=doubted - self.active())
        again = merge(merged.alerts, batch, now=self.now, disbelieved=doubted - self.active())
        if not doubted:
            assert not again.changed, "the same message twice changed something"
        self.alerts = merged.alerts

    def _reconcile(self) -> None:
        listing = Listing(active=self.active(), muted=frozenset(), complete=True)
        self.missing, ended = overdue(absent(self.alerts, listing), self.missing, now=self.now)
        self.alerts = reconciled(self.alerts, listing, ended, now=self.now)
        missed = tuple(
            alert_of(name, truth)
            for name, truth in self.truth.items()
            if truth.firing
            and (
                PRINTS[name] not in self.alerts.ledger.lines
                or self.alerts.ledger.lines[PRINTS[name]].state is AlertState.RESOLVED
            )
        )
        self.alerts = merge(self.alerts, Batch(group="reconcile", alerts=missed), now=self.now).alerts

    @invariant()
    def counts_are_those_of_the_ledger(self) -> None:
        counts = self.alerts.counts
        assert counts.firing + counts.muted + counts.resolved == len(self.alerts.ledger.lines)
        if self.alerts.ledger.lines:
            assert (self.alerts.quiet_since is None) == (counts.active > 0)

    def teardown(self) -> None:
        """When messages have come to rest and Alertmanager was asked twice, the ledger is the truth."""
        for sent in self.flying:
            self._take(sent.batch)
        self._reconcile()
        self.now += ABSENT_FOR
        self._reconcile()
        lines = self.alerts.ledger.lines
        for name, truth in self.truth.items():
            firing = PRINTS[name] in lines and lines[PRINTS[name]].is_active
            assert firing == truth.firing, (name, truth, lines.get(PRINTS[name]))


TestMessages = Messages.TestCase
TestMessages.settings = settings(max_examples=200, stateful_step_count=30, deadline=None)
