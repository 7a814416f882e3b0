import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LOCKS = ["requirements.lock", "requirements.runtime.lock"]


def pins(name: str) -> dict[str, set[str]]:
    """Of each `name==version ; marker`, the hashes."""
    found: dict[str, set[str]] = {}
    current = ""
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if "==" in line and not line.startswith((" ", "#")):
            current = line.rstrip(" \\")
            found[current] = set()
        found.setdefault(current, set()).update(re.findall(r"--hash=(sha256:[0-9a-f]{64})", line))
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_no_address(name: str) -> None:
    assert "://" not in (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", LOCKS)
def test_each_pinned_version_has_its_hashes(name: str) -> None:
    assert [pin for pin, hashes in pins(name).items() if pin and not hashes] == []
    assert len(pins(name)) > 20


def test_what_the_image_installs_is_what_was_tested() -> None:
    tested, shipped = pins("requirements.lock"), pins("requirements.runtime.lock")
    assert {pin: hashes for pin, hashes in shipped.items() if tested.get(pin) != hashes} == {}
