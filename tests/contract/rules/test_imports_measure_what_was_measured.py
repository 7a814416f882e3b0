"""A query of another tool and the rules of what was imported from it, side by side on one engine: one error ratio."""

import pytest

from clv_operator.api import parse
from kubectl_clv.importing.conversion import convert
from kubectl_clv.importing.draft import Settings
from kubectl_clv.manifests import Manifest
from sloengine.rules import slo_group
from tests.contract.rules.promtool import Scenario, near, play
from tests.unit.engine.builders import FOUR

pytestmark = pytest.mark.needs("promtool")

# Ten minutes of 200 requests a minute, of which 6 + 4 fail, some without a tier; 40 of 200 take longer than 300 ms.
SERIES = {
    'a{code="200",clv_tier="gold"}': "0+90x12",
    'a{code="404"}': "0+100x12",
    'a{code="500",clv_tier="gold"}': "0+6x12",
    'a{code="503"}': "0+4x12",
    'h_bucket{le="0.3",clv_tier="gold"}': "0+60x12",
    'h_bucket{le="+Inf",clv_tier="gold"}': "0+90x12",
    'h_count{clv_tier="gold"}': "0+90x12",
    'h_bucket{le="0.3"}': "0+100x12",
    'h_bucket{le="+Inf"}': "0+110x12",
    "h_count{}": "0+110x12",
}  # fmt: skip
W = "[{{.window}}]"
TOTAL = f"sum(rate(a{W}))"
RATIOS = {
    f'sum(rate(a{{code=~"5.."}}{W})) / {TOTAL}': 0.05,
    f'1 - sum(rate(a{{code!~"5.."}}{W})) / {TOTAL}': 0.05,
    f'({TOTAL} - sum(rate(a{{code!~"5.."}}{W}))) / {TOTAL}': 0.05,
    f'(sum(rate(a{{code="none"}}{W})) or vector(0)) / {TOTAL}': 0,
    f'(sum(increase(h_count{W})) - sum(increase(h_bucket{{le="0.3"}}{W}))) / sum(increase(h_count{W}))': 0.2,
    f'1 - sum(rate(h_bucket{{le="0.3"}}{W})) / sum(rate(h_bucket{{le="+Inf"}}{W}))': 0.2,
}


@pytest.mark.parametrize(("query", "ratio"), RATIOS.items())
def test_the_query_and_the_rules_give_the_same_ratio(tmp_path, query, ratio):
    slo = {"name": "orders", "objective": 99.9, "sli": {"raw": {"error_ratio_query": query}}}
    body = {"version": "prometheus/v1", "service": "checkout", "slos": [slo]}
    (made,) = convert([Manifest(origin="given.yaml", body=body)], "sloth", Settings(namespace="shop")).manifests
    events = 'sum(clv:sli_events:increase5m{clv_slo="shop/checkout-orders",clv_event="%s"})'
    checks = [
        near(10, query.replace("{{.window}}", "5m"), {"{}": ratio}),
        near(10, f"{events % 'bad'} / {events % 'total'}", {"{}": ratio}),
    ]
    group = slo_group(parse("TieredSLO", made).to_slo(), FOUR)
    play(tmp_path, [group], Scenario(name="imported", series=SERIES, checks=checks))
