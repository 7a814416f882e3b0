from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.contract.plugin.conftest import Shell
from tests.contract.plugin.things import open_incident

pytestmark = [pytest.mark.needs("apiserver"), pytest.mark.xdist_group("plugin")]

NAME = "inc-checkout-rsvzgl7jaj-1"


@pytest.fixture(autouse=True)
def opened(shell: Shell) -> None:
    shell.put(open_incident())


def undo(shell: Shell, said: str) -> None:
    """Run the command that was printed."""
    command = next(line.removeprefix("Undo: ") for line in said.splitlines() if line.startswith("Undo: "))
    subprocess.run(["bash", "-c", command], env=shell.environment, check=True, capture_output=True, timeout=60)


def test_an_acknowledgement_carries_the_name_that_the_api_server_knows(shell: Shell) -> None:
    assert shell.told("incident", "ack", NAME) == f"{NAME} acknowledged by admin\n"
    given = shell.spec_of(NAME)["acknowledged"]
    assert (given["by"], given["via"]) == ("admin", "kubectl")


def test_the_printed_undo_takes_it_back(shell: Shell) -> None:
    undo(shell, shell.run("incident", "ack", NAME).stderr)
    assert "acknowledged" not in shell.spec_of(NAME)


def test_a_second_acknowledgement_changes_nothing_unless_it_takes_over(shell: Shell) -> None:
    shell.told("incident", "ack", NAME, "--by", "jane@example.com")
    assert "was acknowledged by jane@example.com" in shell.told("incident", "ack", NAME)
    assert shell.spec_of(NAME)["acknowledged"]["by"] == "jane@example.com"
    shell.told("incident", "ack", NAME, "--take-over")
    assert shell.spec_of(NAME)["acknowledged"]["by"] == "admin"


def test_an_acknowledgement_that_a_rise_cleared_can_be_given_again(shell: Shell) -> None:
    name = "inc-checkout-rsvzgl7jaj-2"
    shell.put(open_incident(name, acknowledgement={"by": "jane", "cleared": True}))
    shell.told("incident", "ack", name, "--by", "jane")
    shell.told("incident", "ack", name, "--by", "joe")
    assert shell.spec_of(name)["acknowledged"]["by"] == "joe"


def test_a_dry_run_writes_nothing(shell: Shell) -> None:
    before = shell.spec_of(NAME)
    for verb in (["ack", NAME], ["note", NAME, "a", "remark"], ["resolve", NAME]):
        assert "nothing was written" in shell.told("incident", *verb, "--dry-run")
    assert shell.spec_of(NAME) == before


def test_notes_of_people_who_write_at_once_are_all_kept(shell: Shell) -> None:
    texts = [f"remark {number}" for number in range(4)]
    with ThreadPoolExecutor(len(texts)) as people:
        list(people.map(lambda text: shell.told("incident", "note", NAME, text), texts))
    assert sorted(note["text"] for note in shell.spec_of(NAME)["notes"]) == texts


def test_the_refusal_of_the_api_server_is_passed_on_without_its_noise(shell: Shell) -> None:
    done = shell.run("incident", "note", NAME, "x" * 1100)
    assert done.returncode == 1
    assert "spec.notes[0].text: Too long: may not be more than 1024 bytes" in done.stderr
    assert "<nil>" not in done.stderr


def test_resolving_asks_and_does_nothing_when_nobody_answers(shell: Shell) -> None:
    done = shell.run("incident", "resolve", NAME)
    assert done.returncode == 2
    assert f"This ends {NAME} (SEV2, Open, 37k (9.8k to 88k) USD at risk) as Resolved" in done.stderr
    assert "add --yes" in done.stderr
    assert "closed" not in shell.spec_of(NAME)


def test_resolving_writes_who_and_why_and_prints_the_undo(shell: Shell) -> None:
    done = shell.run("incident", "resolve", NAME, "--yes", "--reason", "falsealarm")
    assert done.stdout == f"{NAME} resolved by admin as FalseAlarm\n"
    assert shell.spec_of(NAME)["closed"]["reason"] == "FalseAlarm"
    assert "is over already" in shell.told("incident", "resolve", NAME, "--yes")
    undo(shell, done.stderr)
    assert "closed" not in shell.spec_of(NAME)


def test_a_duplicate_names_what_it_repeats(shell: Shell) -> None:
    assert shell.run("incident", "resolve", NAME, "--yes", "--reason", "Duplicate").returncode == 2
    shell.told("incident", "resolve", NAME, "--yes", "--reason", "Duplicate", "--of", "inc-checkout-rsvzgl7jaj-7")
    assert shell.spec_of(NAME)["closed"]["of"] == "inc-checkout-rsvzgl7jaj-7"
