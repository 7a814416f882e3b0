"""`@pytest.mark.needs("apiserver")`: without the component the test is skipped with the remedy, and the run ends with a table.

Under REQUIRE_REAL=1 the same absence fails. A test that takes one of our fixtures has the mark already.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from devstack.acquire import missing as missing_binary
from devstack.errors import ComponentMissing
from devstack.pins import CAPABILITIES
from devstack.published import PUBLISHED, find_published

_PREFIX = "not on this machine: "

# Which components a fixture stands on.
BY_FIXTURE = {
    "apiserver": ("controllers", "kubectl"),
    "namespace": ("controllers", "kubectl"),
    "own_apiserver": ("controllers", "kubectl"),
    "module_apiserver": ("controllers", "kubectl"),
    "kubectl": ("controllers", "kubectl"),
    "prometheus": ("prometheus",),
    "promtool": ("promtool",),
    "alertmanager": ("alertmanager",),
    "prometheusrule_crd": ("prometheusrule-crd",),
}

# With --dist loadgroup a module that shares servers stays on one worker, so that they are started once.
PER_MODULE = {"module_stack", "module_apiserver"}


def missing(capability: str) -> ComponentMissing | None:
    """What this machine lacks for a capability (of pins.CAPABILITIES or published.PUBLISHED), or None."""
    if capability in PUBLISHED:
        if find_published(capability):
            return None
        return ComponentMissing(component=capability, problem="not found", remedy="run `make devstack`")
    if capability not in CAPABILITIES:
        known = ", ".join([*CAPABILITIES, *PUBLISHED])
        raise pytest.UsageError(f'needs("{capability}") names no component; known: {known}')
    return missing_binary(capability)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "needs(*components): the real components that the test runs on; absent: skipped, or failed under REQUIRE_REAL=1",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in BY_FIXTURE:
                item.add_marker(pytest.mark.needs(*BY_FIXTURE[fixture]))
            if fixture in PER_MODULE and item.get_closest_marker("xdist_group") is None:
                item.add_marker(pytest.mark.xdist_group(item.nodeid.split("::", 1)[0]))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    wanted = {str(capability) for mark in item.iter_markers("needs") for capability in mark.args}
    for capability in sorted(wanted):
        lack = missing(capability)
        if lack is None:
            continue
        if os.environ.get("REQUIRE_REAL") == "1":
            pytest.fail(f"{lack} (required here by REQUIRE_REAL=1)", pytrace=False)
        pytest.skip(f"{_PREFIX}{lack}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons: Counter[str] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        if isinstance(report.longrepr, tuple) and _PREFIX in report.longrepr[2]:
            reasons[report.longrepr[2].split(_PREFIX, 1)[1]] += 1
    if not reasons:
        return
    terminalreporter.section("did not run: components that are not on this machine")
    for reason, count in sorted(reasons.items()):
        tests = "test" if count == 1 else "tests"
        terminalreporter.write_line(f"{count:5} {tests:6} {reason}")
