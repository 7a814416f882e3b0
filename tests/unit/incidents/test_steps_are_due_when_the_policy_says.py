from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sloengine.incidents.escalation import Due, Standing, due, next_step_at, schedule
from sloengine.incidents.policy import Policy, Repeat, Step

T0 = datetime(2026, 11, 25, 14, 2, tzinfo=UTC)
POLICY = Policy(
    steps=(
        Step(after=timedelta(), severities=frozenset({"SEV1"}), notify=("pd-senior", "war-room")),
        Step(
            after=timedelta(minutes=15),
            severities=frozenset({"SEV1", "SEV2"}),
            notify=("pd-manager",),
            unless_acknowledged=True,
        ),
    ),
    repeat=Repeat(every=timedelta(minutes=30), times=5),
)


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def test_the_schedule_of_the_gravest_severity() -> None:
    assert list(schedule(POLICY, "SEV1", T0)) == [
        Due(at=at(0), step=0),
        Due(at=at(15), step=1),
        *(Due(at=at(15 + 30 * n), step=1, repeat=n) for n in range(1, 6)),
    ]
    assert list(schedule(POLICY, "SEV3", T0)) == []


def test_each_step_once() -> None:
    standing = Standing(severity="SEV1", since=T0)
    assert due(POLICY, standing, now=at(0)) == [Due(at=at(0), step=0)]
    planned = Standing(severity="SEV1", since=T0, planned_until=at(0))
    assert due(POLICY, planned, now=at(14)) == []
    assert next_step_at(POLICY, planned, now=at(14)) == at(15)


def test_a_late_leader_sends_each_overdue_step_once_and_the_newest_repeat() -> None:
    found = due(POLICY, Standing(severity="SEV1", since=T0), now=at(90))
    assert found == [Due(at=at(0), step=0), Due(at=at(15), step=1), Due(at=at(75), step=1, repeat=2)]


def test_an_acknowledgement_is_judged_when_the_step_is_due() -> None:
    standing = Standing(severity="SEV1", since=T0, planned_until=at(0), acknowledged=True)
    assert due(POLICY, standing, now=at(60)) == []
    assert next_step_at(POLICY, standing, now=at(1)) is None
    assert due(POLICY, Standing(severity="SEV1", since=T0, acknowledged=True), now=at(0)) == [Due(at=at(0), step=0)]


def test_a_quiet_incident_pages_nobody() -> None:
    assert due(POLICY, Standing(severity="SEV1", since=T0, quiet=True), now=at(60)) == []


def test_repeats_run_from_the_last_reached_step_and_end() -> None:
    slow = Policy(
        steps=(Step(after=timedelta(), notify=("a",)), Step(after=timedelta(minutes=45), notify=("b",))),
        repeat=Repeat(every=timedelta(minutes=30), times=2),
    )
    assert [(item.at, item.step, item.repeat) for item in schedule(slow, "SEV1", T0)] == [
        (at(0), 0, 0),
        (at(30), 0, 1),
        (at(45), 1, 0),
        (at(75), 1, 2),
    ]
