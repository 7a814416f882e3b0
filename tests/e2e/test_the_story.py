"""`make demo UNATTENDED=1`, as a user runs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from examples.shop.demo.story import STORY

ROOT = Path(__file__).parents[2]
MINUTES = 30
"""Of deadlines, all in all; it takes about twelve."""


@pytest.mark.needs("apiserver", "prometheus", "alertmanager", "kubectl")
@pytest.mark.timeout(60 * (MINUTES + 1))
def test_every_step_of_the_story_is_seen() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "examples.shop.demo", "--unattended"],
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "160"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60 * MINUTES,
    )
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-4_000:]
    table = done.stdout.rpartition("The story, step by step")[2]
    assert table.count("✓") == len(STORY)
