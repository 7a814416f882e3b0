from collections.abc import Sequence
from datetime import timedelta

import pytest

from examples.shop.demo.telling import NotYet, Outcome, Seen, Sight, Step, Telling, table_of
from examples.shop.demo.voice import Voice

NO_TIME = timedelta(0)
Stage = dict[str, str]


def step(title: str, sight: Sight, **more: object) -> Step[Stage]:
    defaults: dict[str, object] = {"tells": "…", "expects": f"{title} is seen", "within": NO_TIME}
    return Step(title=title, sees=lambda stage: sight, **{**defaults, **more})  # type: ignore[arg-type]  # a builder of defaults


def tell(story: Sequence[Step[Stage]], *, unattended: bool = True) -> list[Outcome]:
    telling = Telling({}, Voice(), show=lambda stage, command: (command, f"output of {command}"), unattended=unattended)
    return telling.tell(story)


def test_a_step_that_is_not_seen_ends_the_story_and_the_rest_is_not_reached() -> None:
    story = [step("one", Seen("1")), step("two", NotYet("a half")), step("three", Seen("3"))]
    outcomes = tell(story)
    assert [outcome.is_as_expected for outcome in outcomes] == [True, False]
    assert [row[:4] for row in table_of(outcomes, story)] == [
        ("✓", "one", "one is seen", "1"),
        ("✗", "two", "two is seen", "a half"),
        ("-", "three", "three is seen", "not reached"),
    ]


def test_what_was_not_seen_is_said_with_the_last_look(capsys: pytest.CaptureFixture[str]) -> None:
    tell([step("alert", NotYet("pages firing: none"))])
    assert "Last look: pages firing: none" in " ".join(capsys.readouterr().out.split())


def test_commands_are_shown_once_the_step_is_seen(capsys: pytest.CaptureFixture[str]) -> None:
    tell([step("budgets", Seen("there"), shows=("kubectl clv status",))])
    assert "output of kubectl clv status" in capsys.readouterr().out


def test_what_the_user_did_is_not_done_again() -> None:
    done: list[str] = []
    acts = {"acts": lambda stage: done.append("acted"), "leaves_to_user": timedelta(seconds=1)}
    tell([step("acknowledge", Seen("by jane"), **acts)], unattended=False)
    assert done == []


def test_where_nobody_is_there_the_demo_acts_at_once() -> None:
    done: list[str] = []
    acts = {"acts": lambda stage: done.append("acted"), "leaves_to_user": timedelta(hours=1)}
    tell([step("acknowledge", Seen("by jane"), **acts)], unattended=True)
    assert done == ["acted"]
