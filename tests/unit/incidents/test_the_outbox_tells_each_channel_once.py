from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sloengine.incidents import outbox
from sloengine.incidents.outbox import Entry, Gate, Kind, Outbox, State, Verdict
from sloengine.incidents.timeline import Moment, extended

NOW = datetime(2026, 11, 25, 14, 2, tzinfo=UTC)
CALM = {"is_quiet": False, "is_closed": False, "is_acknowledged": False}


def page(step: int = 0, *, channel: str = "war-room", generation: int = 1, kind: Kind = Kind.PAGE) -> Entry:
    return outbox.entry(uid="u", kind=kind, step=step, channel=channel, generation=generation, due=NOW)


def test_any_leader_computes_the_same_id() -> None:
    assert page().id == "f04deda2b7dfab58"
    assert len({page().id, page(1).id, page(channel="b").id, page(generation=2).id, page(kind=Kind.UPDATE).id}) == 5


def test_what_is_there_is_not_added_again() -> None:
    assert outbox.added((outbox.sent(page()),), [page(), page(1), page(1)]) == (outbox.sent(page()), page(1))


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, Verdict.SEND),
        ({"is_closed": True}, Verdict.CANCEL),
        ({"is_quiet": True}, Verdict.CANCEL),
        ({"is_acknowledged": True}, Verdict.CANCEL),
        ({"is_muted": True}, Verdict.HOLD),
        ({"generation": 2}, Verdict.CANCEL),
    ],
)
def test_the_gate_is_asked_before_every_page(change: dict[str, bool], verdict: Verdict) -> None:
    gate = Gate(**{"generation": 1, **CALM, **change})
    assert outbox.judge(page(), gate, unless_acknowledged=True)[0] is verdict
    assert outbox.judge(page(kind=Kind.RESOLVE), gate, unless_acknowledged=False)[0] is Verdict.SEND


def test_a_step_that_does_not_mind_acknowledgement_goes_out() -> None:
    gate = Gate(generation=1, is_quiet=False, is_closed=False, is_acknowledged=True)
    assert outbox.judge(page(), gate, unless_acknowledged=False)[0] is Verdict.SEND


def test_a_refused_message_comes_again_later_and_later() -> None:
    item, waits = page(), []
    for _ in range(9):
        item = outbox.refused(item, "503", now=NOW, retryable=True)
        waits.append((item.due - NOW).total_seconds())
    assert item.state is State.PENDING
    assert item.tries == 9
    assert waits[0] >= 5
    assert waits == sorted(waits)
    assert waits[-1] <= 300 * 1.25
    told = outbox.refused(item, "429", now=NOW, retryable=True, retry_after=timedelta(minutes=20))
    assert told.due == NOW + timedelta(minutes=20)
    assert outbox.refused(item, "400 " + "x" * 999, now=NOW, retryable=False).state is State.FAILED


def test_it_stays_bounded_and_keeps_who_has_to_hear_of_the_end() -> None:
    entries = tuple(outbox.sent(page(i, channel=f"c{i % 3}", generation=1 + i // 40)) for i in range(120))
    folded = outbox.fold(Outbox(entries=entries), generation=3)
    assert len(folded.entries) == 32
    assert folded.folded.sent == 88
    assert set(outbox.told(folded.entries)) == {"c0", "c1", "c2"}
    pending = tuple(page(i) for i in range(100))
    assert len(outbox.fold(Outbox(entries=pending), generation=1).entries) == 96


def test_a_timeline_keeps_its_beginning_and_its_end() -> None:
    moments = extended((), *(Moment(NOW, f"{i} " + "x" * 300) for i in range(100)))
    assert len(moments) == 60
    assert moments[9].text.startswith("9 ")
    assert moments[10].text.startswith("50 ")
    assert all(len(moment.text.encode()) <= 256 for moment in moments)
