"""Times for people: relative (`3h12m ago`, `in 31m`), with the absolute one where there is room."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sloengine.duration import human

NONE = "-"


def moment(text: object) -> datetime | None:
    """The time in a field of the API, UTC; None where there is none, or `never`."""
    if not isinstance(text, str) or not text:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def rfc3339(at: datetime) -> str:
    """As the API writes times, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def since(text: object, now: datetime) -> str:
    """`31m`: how long ago; a time ahead of us is `0s`."""
    at = moment(text)
    return NONE if at is None else human(now - at)


def ago(text: object, now: datetime) -> str:
    at = moment(text)
    return NONE if at is None else f"{human(now - at)} ago"


def until(text: object, now: datetime) -> str:
    """`in 31m`, `overdue 4m`, `never`."""
    if text == "never":
        return "never"
    at = moment(text)
    if at is None:
        return NONE
    return f"in {human(at - now)}" if at >= now else f"overdue {human(now - at)}"


def clock(text: object, now: datetime) -> str:
    """`14:02 UTC` on the same day, `21 Nov 14:02 UTC` in the same year, else with the year."""
    at = moment(text)
    if at is None:
        return NONE
    if at.date() == now.astimezone(UTC).date():
        return at.strftime("%H:%M UTC")
    return at.strftime("%d %b %H:%M UTC" if at.year == now.year else "%d %b %Y %H:%M UTC").lstrip("0")


def both(text: object, now: datetime) -> str:
    """`31m ago (14:02 UTC)`."""
    return NONE if moment(text) is None else f"{ago(text, now)} ({clock(text, now)})"


def lasted(start: object, end: object, now: datetime) -> str:
    """`31m`, from start to end, or to now."""
    first = moment(start)
    return NONE if first is None else human(max(timedelta(), (moment(end) or now) - first))
