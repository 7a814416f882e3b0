from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sloengine.incidents import outbox
from sloengine.incidents.advance import Observed, Said, State, advance
from sloengine.incidents.outbox import Kind
from sloengine.incidents.outbox import State as EntryState
from sloengine.incidents.phase import Phase
from sloengine.incidents.policy import Policy, Repeat, SeverityRule, Step
from sloengine.incidents.risk import Bounds
from sloengine.incidents.severity import Facts

T0 = datetime(2026, 11, 25, 14, 2, tzinfo=UTC)
POLICY = Policy(
    severities=(SeverityRule(name="SEV1", at_risk=50_000), SeverityRule(name="SEV2")),
    steps=(
        Step(after=timedelta(), notify=("war-room",)),
        Step(after=timedelta(minutes=15), notify=("manager",), unless_acknowledged=True),
    ),
    repeat=Repeat(every=timedelta(minutes=30), times=2),
)
HIGH = Facts(projected=Bounds(mean=90_000, low=60_000, high=120_000))


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def seen(*, active: int = 1, quiet: float | None = None, **fields: object) -> Observed:
    base = Observed(
        uid="u",
        opened_at=T0,
        heard=True,
        active=active,
        quiet_since=None if quiet is None else at(quiet),
        facts=Facts(),
        policy=POLICY,
        has_slo=True,
        burn_below_one=True,
    )
    return replace(base, **fields)  # type: ignore[arg-type]


def told(state: State) -> State:
    """As after every pending message was delivered."""
    entries = tuple(outbox.sent(item) if item.state is EntryState.PENDING else item for item in state.outbox.entries)
    return replace(state, outbox=replace(state.outbox, entries=entries))


def channels(state: State, kind: Kind = Kind.PAGE) -> list[str]:
    return [item.channel for item in state.outbox.entries if item.kind is kind]


def opened(**fields: object) -> State:
    return told(advance(State(), seen(**fields), now=T0))  # type: ignore[arg-type]


def test_nothing_happens_before_its_alerts_are_written() -> None:
    assert advance(State(), replace(seen(), heard=False), now=T0) == State()


def test_it_opens_is_rated_and_pages() -> None:
    state = advance(State(), seen(), now=T0)
    assert (state.phase, state.severity.name, state.next_step_at) == (Phase.OPEN, "SEV2", at(15))
    assert channels(state) == ["war-room"]
    assert advance(state, seen(), now=T0) == state


def test_an_acknowledgement_stops_what_minds_it_and_is_told_to_who_was_paged() -> None:
    given = Said(by="ann", at=at(5))
    state = told(advance(opened(), seen(acknowledged=given), now=at(5)))
    assert (state.phase, state.next_step_at) == (Phase.ACKNOWLEDGED, None)
    assert channels(state, Kind.UPDATE) == ["war-room"]
    later = advance(state, seen(acknowledged=given), now=at(60))
    assert channels(later) == ["war-room"]


def test_a_rise_clears_the_acknowledgement_and_begins_the_steps_anew() -> None:
    given = Said(by="ann", at=at(5))
    state = told(advance(opened(), seen(acknowledged=given), now=at(5)))
    risen = advance(state, seen(acknowledged=given, facts=HIGH), now=at(20))
    assert (risen.phase, risen.severity.name, risen.generation) == (Phase.OPEN, "SEV1", 2)
    assert channels(risen) == ["war-room", "war-room"]
    assert risen.next_step_at == at(35)
    again = Said(by="bob", at=at(21))
    assert advance(told(risen), seen(acknowledged=again, facts=HIGH), now=at(21)).phase is Phase.ACKNOWLEDGED


def test_quiet_then_settled_then_over() -> None:
    quiet = seen(active=0, quiet=10)
    state = told(advance(opened(), quiet, now=at(10)))
    assert (state.phase, state.mitigated_at) == (Phase.MITIGATED, at(10))
    assert told(advance(state, replace(quiet, burn_below_one=None), now=at(16))).phase is Phase.MITIGATED
    over = advance(state, quiet, now=at(15))
    assert (over.phase, over.resolved_at, over.next_step_at) == (Phase.RESOLVED, at(15), None)
    assert channels(over, Kind.RESOLVE) == ["war-room"]


def test_firing_again_while_mitigated_goes_back_without_a_page() -> None:
    state = told(advance(opened(), seen(active=0, quiet=3), now=at(3)))
    back = advance(state, seen(), now=at(4))
    assert (back.phase, back.mitigated_at) == (Phase.OPEN, None)
    assert channels(back) == ["war-room"]


def test_an_old_acknowledgement_does_not_survive_a_relapse() -> None:
    given = Said(by="ann", at=at(1))
    state = told(advance(opened(), seen(acknowledged=given), now=at(1)))
    quiet = told(advance(state, seen(active=0, quiet=3, acknowledged=given), now=at(3)))
    assert advance(quiet, seen(acknowledged=given), now=at(4)).phase is Phase.ACKNOWLEDGED
    assert advance(quiet, seen(acknowledged=given), now=at(40)).phase is Phase.OPEN


def test_reopening_pages_again_under_a_new_generation() -> None:
    state = told(advance(opened(), seen(active=0, quiet=3), now=at(3)))
    state = told(advance(state, seen(active=0, quiet=3), now=at(9)))
    back = advance(state, seen(), now=at(20))
    assert (back.phase, back.generation, back.reopened_at) == (Phase.OPEN, 2, at(20))
    assert channels(back) == ["war-room", "war-room"]
    assert len({item.id for item in back.outbox.entries}) == len(back.outbox.entries)


def test_a_person_ends_it_and_its_alerts_do_not_bring_it_back() -> None:
    closed = Said(by="ann", text="FalseAlarm")
    state = told(advance(opened(), seen(closed=closed), now=at(2)))
    assert state.phase is Phase.RESOLVED
    assert state.timeline[-1].text == "Closed by ann: FalseAlarm"
    assert advance(state, seen(closed=closed), now=at(3)) == state


def test_it_is_born_over_when_its_alerts_had_ended() -> None:
    state = advance(State(), seen(active=0, quiet=-1), now=T0)
    assert (state.phase, state.mitigated_at) == (Phase.RESOLVED, at(-1))
    assert channels(state) == []


def test_a_late_leader_sends_each_step_once() -> None:
    state = advance(State(), seen(), now=at(50))
    assert channels(state) == ["war-room", "manager", "manager"]
    assert [(item.step, item.repeat) for item in state.outbox.entries] == [(0, 0), (1, 0), (1, 1)]
