from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from sloengine.incidents.phase import TRANSITIONS, Event, Next, Phase, Settling, after, next_episode, settled

NOW = datetime(2026, 11, 25, 14, 2, tzinfo=UTC)


@pytest.mark.parametrize(("phase", "event"), list(itertools.product(Phase, Event)))
def test_every_pair_is_decided(phase: Phase, event: Event) -> None:
    result = after(phase, event)
    assert result is TRANSITIONS.get((phase, event), phase)
    if phase is Phase.REVIEWED:
        assert result is Phase.REVIEWED


def test_the_whole_way_and_back() -> None:
    phase = Phase.OPEN
    seen = []
    for event in (
        Event.ACKNOWLEDGED,
        Event.QUIET,
        Event.FIRED_ACKNOWLEDGED,
        Event.ESCALATED,
        Event.QUIET,
        Event.SETTLED,
        Event.FIRED,
        Event.CLOSED,
        Event.REVIEWED,
    ):
        phase = after(phase, event)
        seen.append(phase.value)
    assert seen == [
        "Acknowledged",
        "Mitigated",
        "Acknowledged",
        "Open",
        "Mitigated",
        "Resolved",
        "Open",
        "Resolved",
        "Reviewed",
    ]


@pytest.mark.parametrize(
    ("minutes", "has_slo", "burn", "over"),
    [
        (5, True, True, True),
        (4, True, True, False),
        (60, True, False, False),
        (60, True, None, False),
        (14, False, None, False),
        (15, False, None, True),
    ],
)
def test_it_is_over_when_quiet_long_enough_and_no_budget_burns(
    *, minutes: int, has_slo: bool, burn: bool | None, over: bool
) -> None:
    settling = Settling(quiet_since=NOW - timedelta(minutes=minutes), has_slo=has_slo, burn_below_one=burn)
    assert settled(settling, now=NOW) is over


@pytest.mark.parametrize(
    ("phase", "minutes", "by_person", "anew", "expected"),
    [
        (Phase.OPEN, None, False, False, Next.JOIN),
        (Phase.MITIGATED, None, False, False, Next.JOIN),
        (Phase.RESOLVED, 30, False, False, Next.REOPEN),
        (Phase.RESOLVED, 31, False, False, Next.NEW_EPISODE),
        (Phase.RESOLVED, None, False, False, Next.REOPEN),
        (Phase.REVIEWED, 5, False, True, Next.NEW_EPISODE),
        (Phase.RESOLVED, 5, True, True, Next.NEW_EPISODE),
        (Phase.OPEN, None, True, False, Next.IGNORE),
    ],
)
def test_where_an_alert_belongs(
    *, phase: Phase, minutes: int | None, by_person: bool, anew: bool, expected: Next
) -> None:
    resolved_at = None if minutes is None else NOW - timedelta(minutes=minutes)
    found = next_episode(phase=phase, resolved_at=resolved_at, closed_by_person=by_person, fires_anew=anew, now=NOW)
    assert found is expected
