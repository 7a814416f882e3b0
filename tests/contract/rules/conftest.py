"""Every scenario is played by the oldest Prometheus that we support, and by 3.x where it is on this machine.

Ranges are closed on both ends in 2.x and left-open in 3.x, and 3.x writes whole bucket bounds as `1.0`: the rules must
say the same in both.
"""

import pytest

from devstack.acquire import missing
from tests.contract.rules import promtool

_LACK = missing("prometheus3")
NEWEST = pytest.param(
    "promtool3",
    marks=pytest.mark.skipif(_LACK is not None, reason=f"{_LACK}: python -m devstack build prometheus3"),
)


@pytest.fixture(autouse=True, params=["promtool", NEWEST])
def version(request, monkeypatch):
    """A test that takes long asks for one version alone: `@promtool.oldest_only`."""
    monkeypatch.setattr(promtool, "COMPONENT", request.param)
    return request.param
