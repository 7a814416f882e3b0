"""When which step of a policy is due: a schedule that follows from the policy, the severity and one moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sloengine.incidents.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One sending. step: index in the policy. repeat: 0 for the step itself, n for its n-th repetition."""

    at: datetime
    step: int
    repeat: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an incident's escalation stands.

    severity: now. since: the opening, or the last reopening or rise; steps count from here. planned_until: what was
    due up to here is in the outbox already. acknowledged, quiet: as of now.
    """

    severity: str
    since: datetime
    planned_until: datetime | None = None
    acknowledged: bool = False
    quiet: bool = False


def schedule(policy: Policy, severity: str, since: datetime) -> Iterator[Due]:
    """Every sending in order of time; repeats run from the last reached step and end after `times`, so this ends."""
    steps = sorted(
        (Due(at=since + step.after, step=i) for i, step in enumerate(policy.steps) if step.concerns(severity)),
        key=lambda due: (due.at, due.step),
    )
    left = policy.repeat.times if policy.repeat else 0
    last: Due | None = None
    while True:
        again = None
        if last is not None and policy.repeat is not None and left > 0:
            again = Due(at=last.at + policy.repeat.every, step=last.step, repeat=policy.repeat.times - left + 1)
        if steps and (again is None or steps[0].at <= again.at):
            last = steps.pop(0)
        elif again is not None:
            last = again
            left -= 1
        else:
            return
        yield last


def due(policy: Policy, standing: Standing, *, now: datetime) -> list[Due]:
    """What has to be sent now and is not planned yet.

    A late leader gets each overdue step once and, of missed repeats, only the newest. `unless: Acknowledged` is judged
    now, which is when the step is due; a quiet incident pages nobody.
    """
    found: list[Due] = []
    for item in schedule(policy, standing.severity, standing.since):
        if item.at > now:
            break
        if standing.planned_until is not None and item.at <= standing.planned_until:
            continue
        if wanted(policy, standing, item):
            found.append(item)
    newest = max((item.repeat for item in found), default=0)
    return [item for item in found if item.repeat in {0, newest}]


def wanted(policy: Policy, standing: Standing, item: Due) -> bool:
    if standing.quiet:
        return False
    return not (standing.acknowledged and (item.repeat or policy.steps[item.step].unless_acknowledged))


def next_step_at(policy: Policy, standing: Standing, *, now: datetime) -> datetime | None:
    """The next moment at which something is due as things stand; None when nothing remains."""
    return next(
        (
            item.at
            for item in schedule(policy, standing.severity, standing.since)
            if item.at > now and wanted(policy, standing, item)
        ),
        None,
    )
