from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable

import pytest

from tests.contract.plugin.conftest import BIN, Shell
from tests.contract.plugin.things import checkout, open_incident

pytestmark = [pytest.mark.needs("apiserver"), pytest.mark.xdist_group("plugin")]


def kubectl(shell: Shell, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["kubectl", *arguments], env=shell.environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_kubectl_finds_it(shell: Shell) -> None:
    assert str(BIN / "kubectl-clv") in kubectl(shell, "plugin", "list").stdout
    assert "Value-weighted SLOs" in kubectl(shell, "clv", "--help").stdout


def test_kubectl_completes_verbs_and_names(shell: Shell) -> None:
    shell.put(open_incident())
    assert "incident\t" in kubectl(shell, "__complete", "clv", "inc").stdout
    asked = ("__complete", "clv", "incident", "ack", "-n", shell.namespace, "inc-")
    assert kubectl(shell, *asked).stdout.splitlines() == ["inc-checkout-rsvzgl7jaj-1", ":4"]


def test_completion_is_silent_without_a_cluster(make_shell: Callable[..., Shell]) -> None:
    lost = make_shell(more={"KUBECONFIG": os.devnull})
    done = kubectl(lost, "__complete", "clv", "status", "")
    assert done.stdout.splitlines() == [":4"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_bash_completes_the_command_by_itself(shell: Shell) -> None:
    asked = (
        "source <(kubectl-clv completion bash); COMP_WORDS=(kubectl-clv val); COMP_CWORD=1;"
        ' _kubectl_clv_completion kubectl-clv; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", asked], env=shell.environment, capture_output=True, text=True, check=False, timeout=30
    )
    assert done.stdout.strip() == "validate", done.stderr


@pytest.mark.parametrize("name", ["zsh", "fish"])
def test_other_shells_accept_their_script(shell: Shell, name: str) -> None:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    script = shell.told("completion", name)
    done = subprocess.run([found, "-n"], input=script, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, done.stderr


def test_flags_may_stand_before_the_verb(shell: Shell) -> None:
    shell.put(checkout())
    done = kubectl(shell, "clv", "-n", shell.namespace, "status", "-o", "name")
    assert done.stdout.strip() == "tieredslo.clvsre.io/checkout"


def test_version_says_whether_operator_and_crds_fit(shell: Shell) -> None:
    labels = {"app.kubernetes.io/name": "clv-sre", "app.kubernetes.io/version": "0.9.0", "a": "b"}
    shell.cluster.create(
        f"/apis/apps/v1/namespaces/{shell.namespace}/deployments",
        {
            "metadata": {"name": "clv-sre", "labels": labels},
            "spec": {
                "selector": {"matchLabels": {"a": "b"}},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {"containers": [{"name": "operator", "image": "example/clv-sre:0.9.0"}]},
                },
            },
        },
    )
    told = shell.told("version")
    assert "operator                      0.9.0     no" in told
    assert "more than one minor version apart" in told
    assert "tieredslos.clvsre.io          v1alpha1  yes" in told
