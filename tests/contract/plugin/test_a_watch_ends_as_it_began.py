"""`-w` on a pipe and on a terminal; Ctrl-C is SIGINT to the process, as a terminal sends it."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from devstack import until
from tests.contract.plugin.conftest import Shell, path_of
from tests.contract.plugin.things import open_incident

pytestmark = [pytest.mark.needs("apiserver"), pytest.mark.xdist_group("plugin")]

NAME = "inc-checkout-rsvzgl7jaj-1"
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


class Screen:
    """What has come out so far, read without waiting."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.text = ""

    def read(self) -> str:
        while select.select([self.descriptor], [], [], 0)[0]:
            try:
                piece = os.read(self.descriptor, 65536)
            except OSError:  # the other end of a terminal has gone
                break
            if not piece:
                break
            self.text += piece.decode()
        return self.text


@contextmanager
def watching(shell: Shell, *, terminal: bool) -> Iterator[tuple[subprocess.Popen[bytes], Screen]]:
    ours, theirs = pty.openpty() if terminal else os.pipe()
    process = subprocess.Popen(
        shell.command("top", "-w", "-n", shell.namespace),
        env={**shell.environment, "TERM": "xterm"},
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
    os.close(theirs)
    try:
        yield process, Screen(ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def test_a_pipe_gets_what_changed(shell: Shell) -> None:
    shell.put(open_incident())
    with watching(shell, terminal=False) as (process, screen):
        until(lambda: "37k (9.8k to 88k)" in screen.read(), what="the incident is listed", timeout_seconds=20)
        status = {"status": {"atRisk": {"projected": "52000.00"}}}
        shell.cluster.merge(path_of("RevenueIncident", shell.namespace, NAME, "status"), status)
        until(lambda: "52k (9.8k to 88k)" in screen.read(), what="the change is printed", timeout_seconds=20)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
        lines = [line for line in screen.read().splitlines() if NAME in line]
    assert [("37k" in line, "52k" in line) for line in lines] == [(True, False), (False, True)]
    assert "\x1b" not in screen.text


def test_a_terminal_gets_its_cursor_back(shell: Shell) -> None:
    shell.put(open_incident())
    with watching(shell, terminal=True) as (process, screen):
        until(lambda: NAME in screen.read(), what="the incident is drawn", timeout_seconds=20)
        assert HIDE in screen.text
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
        assert screen.read().rindex(SHOW) > screen.text.rindex(HIDE)
