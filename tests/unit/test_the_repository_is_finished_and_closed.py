"""Marks of unfinished work, addresses in lock files, a second `operator` package: refused here, since no linter does."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
# Spelt in two parts so that this file passes its own test.
MARKS = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]) + r")\b")


@pytest.fixture(scope="module")
def files():
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False).stdout.split("\0")
    found = [REPOSITORY / name for name in names if name]
    if not found:  # an unpacked archive has no git
        found = [path for path in REPOSITORY.rglob("*") if ".venv" not in path.parts and "build" not in path.parts]
    return [path for path in found if path.is_file() and path.suffix not in {".png", ".gif", ".sum"}]


def lines(files, pattern):
    return [
        f"{path.relative_to(REPOSITORY)}:{number}: {line.strip()[:120]}"
        for path in files
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]


def test_nothing_is_marked_as_unfinished(files):
    assert lines(files, MARKS) == []


def test_a_lock_names_no_address(files):
    locks = [path for path in files if path.suffix == ".lock"]
    assert REPOSITORY / "requirements.lock" in locks
    assert lines(locks, re.compile("://")) == []


def test_every_requirement_of_a_lock_has_its_hash(files):
    for path in (path for path in files if path.suffix == ".lock"):
        text = path.read_text().replace("\\\n", " ")
        requirements = re.findall(r"^(\S+)==(.*)$", text, re.MULTILINE)
        assert requirements
        assert [name for name, rest in requirements if "--hash=sha256:" not in rest] == [], path


def test_operator_is_a_folder_and_not_a_package():
    assert not (REPOSITORY / "operator" / "__init__.py").exists()


def test_no_test_waits_for_a_fixed_time(files):
    """Tests poll an observable state (devstack.until); a fixed wait is either too short or too long.

    The pause inside a loop that polls is fine, and so is virtual time (the mark looptime), which passes at once.
    """
    found = []
    for path in files:
        if path.suffix != ".py" or REPOSITORY / "tests" not in path.parents:
            continue
        text = path.read_text()
        refused = {"time.sleep"} if "pytest.mark.looptime" in text else {"time.sleep", "asyncio.sleep"}
        for function in ast.walk(ast.parse(text)):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and function.name.startswith("test_"):
                waits = [node.lineno for node in outside_loops(function) if is_sleep(node, refused)]
                found += [f"{path.relative_to(REPOSITORY)}:{line}" for line in waits]
    assert found == []


def outside_loops(node):
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.For | ast.AsyncFor | ast.While):
            yield child
            yield from outside_loops(child)


def is_sleep(node, refused):
    """A call of one of these functions, but for asyncio.sleep(0), which only lets others run."""
    if not isinstance(node, ast.Call) or ast.unparse(node.func) not in refused:
        return False
    return not (node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0)
