from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sloengine.incidents.alert import Alert, MalformedAlert, link, read, short_labels
from sloengine.incidents.ledger import AlertState, Line, pack, unpack
from sloengine.incidents.merge import Alerts, Batch, Merged, merge, suspects
from sloengine.incidents.text import clean, clip

NOW = datetime(2026, 11, 25, 14, 2, tzinfo=UTC)


def alert(name: str = "Errors", *, start: float = -60, end: float | None = None, **labels: str) -> Alert:
    """start, end: seconds from NOW; without an end it fires."""
    raw = {
        "status": "firing" if end is None else "resolved",
        "labels": {"alertname": name, "service": "checkout", **labels},
        "annotations": {"summary": f"{name} burns"},
        "startsAt": (NOW + timedelta(seconds=start)).isoformat(),
        "endsAt": "0001-01-01T00:00:00Z" if end is None else (NOW + timedelta(seconds=end)).isoformat(),
    }
    return read(raw, arrived=NOW)


def said(alerts: Alerts, *batch: Alert, group: str = "g", dropped: int = 0, at: float = 0) -> Merged:
    return merge(alerts, Batch(group=group, alerts=batch, dropped=dropped), now=NOW + timedelta(seconds=at))


def test_a_ledger_survives_packing() -> None:
    lines = {
        "f404ecabc8dd5cd7": Line(1_764_079_320_123, AlertState.FIRING, page=True, tier=1),
        "0000000000000001": Line(0, AlertState.RESOLVED, page=False, tier=7),
        "ffffffffffffffff": Line(2**48 - 1, AlertState.MUTED, page=True, tier=0),
    }
    assert len(pack(lines)) == 60
    assert unpack(pack(lines)) == lines
    with pytest.raises(ValueError, match="no multiple"):
        unpack("AAAA")


def test_the_same_message_again_changes_nothing() -> None:
    first = said(Alerts(), alert(clv_tier="platinum", severity="page"))
    again = said(first.alerts, alert(clv_tier="platinum", severity="page"))
    assert (first.accepted, first.fired, first.changed) == (1, 1, True)
    assert (again.duplicate, again.accepted, again.changed) == (1, 0, False)
    assert again.alerts == first.alerts
    assert first.alerts.counts.page_tiers == {"platinum"}


def test_firing_and_resolved_are_counted_by_alert_and_not_by_message() -> None:
    merged = said(Alerts(), alert("A"), alert("B", end=-5), alert("C"))
    assert (merged.alerts.counts.firing, merged.alerts.counts.resolved) == (2, 1)


def test_a_later_start_while_it_fires_is_the_same_alert_and_the_earliest_wins() -> None:
    first = said(Alerts(), alert(start=-60))
    later = said(first.alerts, alert(start=-10))
    earlier = said(later.alerts, alert(start=-300))
    assert later.changed is False
    assert earlier.alerts.counts.firing == 1
    assert earlier.alerts.ledger.first_start() == NOW - timedelta(seconds=300)


def test_the_late_end_of_an_earlier_occurrence_does_not_end_this_one() -> None:
    firing = said(Alerts(), alert(start=-10)).alerts
    late = said(firing, alert(start=-600, end=-300))
    assert late.changed is False
    assert late.alerts.counts.firing == 1


def test_a_firing_with_an_old_start_just_after_its_end_is_suspect() -> None:
    ended = said(said(Alerts(), alert()).alerts, alert(end=-1)).alerts
    soon, late = NOW + timedelta(seconds=40), NOW + timedelta(seconds=120)
    assert suspects(ended, [alert()], now=soon) == {alert().fingerprint}
    assert suspects(ended, [alert()], now=late) == frozenset()
    assert suspects(ended, [alert(start=10)], now=soon) == frozenset()
    ignored = merge(ended, Batch(group="g", alerts=(alert(),)), now=soon, disbelieved=frozenset({alert().fingerprint}))
    assert (ignored.stale, ignored.changed, ignored.alerts.counts.firing) == (1, False, 0)


def test_quiet_begins_when_the_last_alert_ends() -> None:
    firing = said(Alerts(), alert("A"), alert("B")).alerts
    half = said(firing, alert("A", end=-1), at=10).alerts
    quiet = said(half, alert("B", end=-1), at=20).alerts
    again = said(quiet, alert("A", start=30), at=31).alerts
    assert [state.quiet_since for state in (firing, half, again)] == [None, None, None]
    assert quiet.quiet_since == NOW + timedelta(seconds=20)


def test_twenty_thousand_alerts_in_one_message_are_counted_exactly_whatever_is_replayed() -> None:
    batch = tuple(alert("Flood", instance=str(i)) for i in range(3_000)) + tuple(
        alert("Flood", end=-1, instance=str(i)) for i in range(3_000, 3_500)
    )
    first = said(Alerts(), *batch)
    again = said(first.alerts, *batch)
    counts = first.alerts.counts
    assert (counts.firing, counts.resolved, first.accepted) == (3_000, 500, 3_500)
    assert (again.changed, again.duplicate) == (False, 3_500)
    assert len(first.alerts.ledger.lines) == 1_000
    assert len(first.alerts.top) == 10


def test_what_a_message_cut_is_set_and_not_added() -> None:
    first = said(Alerts(), alert(end=-1), dropped=3)
    again = said(first.alerts, alert(end=-1), dropped=3)
    assert first.alerts.counts.dropped == 3
    assert again.changed is False


def test_groups_beyond_the_bound_make_room_by_what_says_least() -> None:
    alerts = Alerts()
    for i in range(70):
        alerts = said(alerts, alert(), group=f"g{i}", dropped=i + 1).alerts
    assert len(alerts.ledger.groups) == 64
    assert "g0" not in alerts.ledger.groups
    assert "g69" in alerts.ledger.groups


def test_people_see_pages_of_the_best_tier_first() -> None:
    ranks = {"platinum": 1, "gold": 2}
    merged = merge(
        Alerts(),
        Batch(
            group="g",
            alerts=(
                alert("T", clv_tier="platinum", severity="ticket"),
                alert("G", clv_tier="gold", severity="page"),
                alert("P", clv_tier="platinum", severity="page"),
                alert("R", clv_tier="platinum", severity="page", end=-1),
            ),
        ),
        now=NOW,
        ranks=ranks,
    )
    assert [item.name for item in merged.alerts.top] == ["P", "G", "T", "R"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"labels": {}}, "labels"),
        ({"labels": {"a": 1}}, "labels"),
        ({"labels": None}, "labels"),
        ({"status": "suppressed"}, "status"),
        ({"startsAt": "yesterday"}, "startsAt"),
        ({"startsAt": None}, "startsAt"),
        ({"startsAt": "2026-11-25T14:00:00"}, "startsAt"),
        ({"annotations": {"a": []}}, "annotations"),
        ({"status": "resolved", "endsAt": "2020-01-01T00:00:00Z"}, "endsAt"),
    ],
)
def test_a_malformed_alert_names_what_is_wrong(change: dict[str, object], reason: str) -> None:
    good = {"status": "firing", "labels": {"a": "b"}, "startsAt": "2026-11-25T14:00:00Z"}
    with pytest.raises(MalformedAlert) as caught:
        read({**good, **change}, arrived=NOW)
    assert caught.value.reason == reason
    with pytest.raises(MalformedAlert):
        read("no object", arrived=NOW)


def test_times_are_read_with_any_offset_and_year_one_is_none() -> None:
    raw = {"status": "resolved", "labels": {"a": "b"}, "startsAt": "2026-11-25T17:00:00.123456789+03:00"}
    parsed = read({**raw, "endsAt": "0001-01-01T00:00:00-07:00"}, arrived=NOW)
    assert parsed.starts_at == datetime(2026, 11, 25, 14, 0, 0, 123456, tzinfo=UTC)
    assert parsed.ends_at is None


def test_a_start_far_ahead_is_clamped_to_the_arrival() -> None:
    parsed = alert(start=3_600)
    assert (parsed.starts_at, parsed.clamped) == (NOW, True)
    assert said(Alerts(), parsed).alerts.clock_skew is True


def test_text_that_cannot_be_stored_is_replaced_and_cut_on_a_character() -> None:
    assert clean("a\x00b\ud800c") == "a\ufffdb\ufffdc"
    assert clip("äöü" * 100, 10) == "äöü…"
    assert clip("short", 10) == "short"
    assert link("javascript:alert(1)") == ""
    assert link("http://[broken") == ""
    assert link("https://x/" + "a" * 300) == ""


def test_tier_and_service_are_the_labels_that_are_kept() -> None:
    kept = short_labels({f"a{i:03}": "x" * 60 for i in range(40)} | {"service": "checkout", "clv_tier": "gold"})
    assert list(kept)[:2] == ["clv_tier", "service"]
    assert sum(len(name) + len(value) for name, value in kept.items()) <= 400
