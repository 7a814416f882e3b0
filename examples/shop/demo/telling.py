"""Plays a story: for each step says what happens and why, acts, waits until it is seen, and keeps what was seen when."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from devstack import DevstackError
from devstack.http import Unreachable
from examples.shop.demo.cluster import KubectlRefused
from examples.shop.demo.voice import Voice, clock, spell

LOOK_EVERY_SECONDS = 2.0

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Seen:
    """What was expected is there; text says what exactly."""

    text: str


@dataclass(frozen=True, slots=True)
class NotYet:
    """text says what is there instead."""

    text: str


Sight = Seen | NotYet


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Generic[S]):
    """One step of a story on a stage of type S.

    tells: what happens and why, in prose. expects: what must be seen, within a time. acts: done once, first; with
    `leaves_to_user` it is done only if the user has not done it by then (at once when nobody is there).
    shows: kubectl commands that are run and shown afterwards; `{incident}` is the incident's name.
    """

    title: str
    tells: str
    expects: str
    sees: Callable[[S], Sight]
    within: timedelta
    acts: Callable[[S], None] | None = None
    leaves_to_user: timedelta = timedelta(0)
    shows: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """at: since the demo began. took: since the step began."""

    title: str
    expected: str
    seen: str
    at: timedelta
    took: timedelta
    is_as_expected: bool


class Telling(Generic[S]):
    """unattended: nobody is there who could act."""

    def __init__(self, stage: S, voice: Voice, *, show: Callable[[S, str], tuple[str, str]], unattended: bool) -> None:
        self._stage = stage
        self._voice = voice
        self._show = show
        self._unattended = unattended

    def tell(self, story: Sequence[Step[S]]) -> list[Outcome]:
        """An outcome for each step that was reached; the first that was not seen ends the story."""
        outcomes: list[Outcome] = []
        for step in story:
            outcomes.append(self._step(step))
            if not outcomes[-1].is_as_expected:
                break
        return outcomes

    def _step(self, step: Step[S]) -> Outcome:
        self._voice.heading(step.title)
        self._voice.say(step.tells)
        began = self._voice.elapsed
        sight = self._play(step)
        took = self._voice.elapsed - began
        if isinstance(sight, Seen):
            self._voice.saw(sight.text)
            for command in step.shows:
                self._voice.command(*self._show(self._stage, command))
        else:
            self._voice.missed(f"not seen within {spell(step.within)}: {step.expects}. Last look: {sight.text}")
        return Outcome(
            title=step.title,
            expected=step.expects,
            seen=sight.text,
            at=began + took,
            took=took,
            is_as_expected=isinstance(sight, Seen),
        )

    def _play(self, step: Step[S]) -> Sight:
        if step.acts and step.leaves_to_user and not self._unattended:
            sight = self._watch(step, step.leaves_to_user)
            if isinstance(sight, Seen):
                return sight
            self._voice.note("nobody did, so the demo does")
        if step.acts:
            step.acts(self._stage)
        return self._watch(step, step.within)

    def _watch(self, step: Step[S], within: timedelta) -> Sight:
        deadline = time.monotonic() + within.total_seconds()
        sight = self._look(step)
        if isinstance(sight, Seen):
            return sight
        with self._voice.waiting(f"{step.expects} (within {spell(within)})") as tell_instead:
            while True:
                sight = self._look(step)
                if isinstance(sight, Seen) or time.monotonic() >= deadline:
                    return sight
                tell_instead(sight.text)
                time.sleep(LOOK_EVERY_SECONDS)

    def _look(self, step: Step[S]) -> Sight:
        try:
            return step.sees(self._stage)
        except (KubectlRefused, DevstackError, Unreachable) as problem:
            return NotYet(str(problem))


def table_of(outcomes: Sequence[Outcome], story: Sequence[Step[S]]) -> list[tuple[str, str, str, str, str]]:
    """A row for every step of the story, reached or not: number, step, expected, seen, when."""
    rows = [
        (
            "✓" if outcome.is_as_expected else "✗",
            outcome.title,
            outcome.expected,
            outcome.seen,
            clock(outcome.at),
        )
        for outcome in outcomes
    ]
    unreached = story[len(outcomes) :]
    return rows + [("-", step.title, step.expects, "not reached", "") for step in unreached]
