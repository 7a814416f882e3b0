import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from devstack import until

REPOSITORY = Path(__file__).parents[3]

pytestmark = pytest.mark.needs("controllers", "kubectl", "prometheus", "alertmanager")


@pytest.fixture
def devstack(tmp_path):
    def run(command):
        return subprocess.run(
            [sys.executable, "-m", "devstack", command],
            cwd=REPOSITORY,
            env={**os.environ, "XDG_STATE_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )

    yield run
    run("down")


def test_up_says_where_it_is_and_down_leaves_nothing(devstack):
    up = devstack("up")
    assert up.returncode == 0, up.stderr
    kubeconfig = re.search(r"export KUBECONFIG=(\S+)", up.stdout)[1]
    assert "Prometheus    http://127.0.0.1:" in up.stdout
    assert "Alertmanager  http://127.0.0.1:" in up.stdout
    kubectl = [Path(sys.executable).parent / "kubectl", f"--kubeconfig={kubeconfig}", "get", "crd", "-o", "name"]
    assert "tieredslos.clvsre.io" in subprocess.run(kubectl, capture_output=True, text=True, check=True).stdout

    again = devstack("up")
    assert "running already" in again.stdout
    assert kubeconfig in again.stdout
    assert devstack("status").returncode == 0

    assert devstack("down").stdout == "The stack is down.\n"
    assert not Path(kubeconfig).exists()
    assert devstack("status").returncode == 1
    assert devstack("down").stdout == "No stack was running.\n"


def test_a_killed_keeper_leaves_no_stack_and_up_starts_another(devstack, tmp_path):
    assert devstack("up").returncode == 0
    state = json.loads((tmp_path / "clv-sre" / "devstack-up" / "state.json").read_text())
    os.kill(state["pid"], signal.SIGKILL)
    until(lambda: not Path(state["folder"]).exists(), what="the folder of the killed stack is gone")
    assert devstack("status").returncode == 1
    second = devstack("up")
    assert "The stack is up" in second.stdout, second.stderr


def test_a_stack_that_cannot_start_says_why(tmp_path):
    broken = tmp_path / "bin"
    broken.mkdir()
    server = broken / "kube-apiserver"
    server.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Kubernetes v1.36.3 && exit\necho no such luck; exit 1\n')
    server.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-m", "devstack", "up"],
        cwd=REPOSITORY,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path), "CLV_DEVSTACK_BIN": str(broken)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "no such luck" in done.stderr
    assert "Traceback" not in done.stderr
