import json
from datetime import UTC, datetime, timedelta

import pytest

from clv_operator.prometheus import Endpoint, PrometheusSource
from devstack import PrometheusConfig, until

from .recorded import history
from .shop import RATIO, Shop, add_slo, add_tier

END = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
NOW = END + timedelta(seconds=20)
TIERS = ("platinum", "gold", "silver", "bronze")


def shop_of(server, *, count=1, output=None):
    shop = Shop(PrometheusSource(Endpoint(url=server.url)), lambda: NOW, output=output)
    for rank, tier in enumerate(TIERS, start=1):
        add_tier(shop.store, tier, rank)
    for number in range(count):
        add_slo(shop.store, f"slo-{number}", RATIO)
    return shop


async def test_recorded_series_become_statuses(prometheus):
    server = prometheus(history=history(["shop/slo-0"], TIERS, end=END.timestamp()))
    shop = shop_of(server)
    await shop.tick()
    status = shop.statuses["TieredSLO", "slo-0"]
    assert [(t["tier"], t["sli"], t["budgetRemaining"], t["dataQuality"]) for t in status["tiers"]] == [
        *((tier, "99.95", "0.5", "Ok") for tier in TIERS),
        ("unknown", None, None, "NoTraffic"),
    ]
    assert status["weighted"]["sli"] == "99.95"
    assert status["weighted"]["coverage"] == "1"
    assert status["weightedBurn"] == "0.5"
    assert shop.condition("slo-0", "DataAvailable")["status"] == "True"
    assert shop.condition("slo-0", "BudgetHealthy")["status"] == "True"
    assert shop.condition("slo-0", "RulesInSync")["reason"] == "NotLoaded", "the recorded hash is another one"


async def test_twelve_queries_whatever_the_number_of_slos(prometheus, tmp_path):
    log = tmp_path / "queries.log"
    server = prometheus(PrometheusConfig(more={"global": {"scrape_interval": "1m", "query_log_file": str(log)}}))
    counted = []
    for count in (1, 100):
        shop = shop_of(server, count=count)
        await shop.evaluator.tick()
        before = len(log.read_text().splitlines())
        await shop.evaluator.tick()
        asked = [json.loads(line) for line in log.read_text().splitlines()[before:]]
        assert all("httpRequest" in each for each in asked)
        counted.append(len(asked))
    assert counted[0] == counted[1]
    assert counted[0] <= 12, "all questions of a tick, the look for causes included"


RAW = """\
requests_total{job="shop",clv_tier="gold"} 1 AT
requests_total{job="nolabel"} 1 AT
requests_total{job="strange",clv_tier="platin"} 1 AT
duration_seconds_bucket{job="shop",clv_tier="gold",le="0.1"} 1 AT
duration_seconds_bucket{job="shop",clv_tier="gold",le="1.0"} 1 AT
duration_seconds_bucket{job="shop",clv_tier="gold",le="+Inf"} 1 AT
duration_seconds_count{job="shop",clv_tier="gold"} 1 AT
errors_total{job="shop",clv_tier="gold"} 1 AT
# EOF
"""


@pytest.fixture
def raw(prometheus):
    return prometheus(history=RAW.replace("AT", f"{END.timestamp():.0f}"))


def ratio(job, errors="errors_total"):
    return {"ratio": {"errors": f'{errors}{{job="{job}"}}', "total": f'requests_total{{job="{job}"}}'}}


def latency(threshold):
    return {"latency": {"histogram": 'duration_seconds{job="shop"}', "threshold": threshold}}


@pytest.mark.parametrize(
    ("indicator", "reason", "text"),
    [
        (ratio("missing"), "NoSuchMetric", 'requests_total{job="missing"}'),
        (ratio("nolabel"), "NoTierLabel", "no series has that label"),
        (ratio("strange"), "NoTierLabel", "its values are platin"),
        (latency("300ms"), "NoSuchBucket", "0.1, 1.0, +Inf"),
        (latency("1s"), "RulesNotLoaded", "see RulesInSync"),
        (ratio("shop"), "RulesNotLoaded", "see RulesInSync"),
    ],
)
async def test_the_cause_of_missing_data_is_told(raw, indicator, reason, text):
    shop = shop_of(raw, count=0)
    add_slo(shop.store, "asked", indicator)
    add_slo(shop.store, "other", ratio("shop"))
    await shop.tick()
    data = shop.condition("asked", "DataAvailable")
    assert data["status"] == "False"
    assert data["reason"] == reason
    assert text in data["message"]
    assert shop.condition("other", "DataAvailable")["reason"] == "RulesNotLoaded"


async def test_a_prometheus_that_dies_is_told_within_a_tick_and_found_again(prometheus):
    server = prometheus(history=history(["shop/slo-0"], TIERS, end=END.timestamp()))
    shop = shop_of(server)
    await shop.tick()
    server.kill()
    await shop.evaluator.tick()
    assert shop.condition("slo-0", "DataAvailable")["reason"] == "PrometheusUnreachable"
    assert shop.evaluator.last.failure.kind == "refused"
    server.start()
    await shop.evaluator.tick()
    assert shop.condition("slo-0", "DataAvailable")["status"] == "True"


async def test_a_frozen_prometheus_is_a_timeout(prometheus):
    server = prometheus()
    source = PrometheusSource(Endpoint(url=server.url, connect_timeout_seconds=0.3, read_timeout_seconds=0.3))
    shop = Shop(source, lambda: NOW)
    add_tier(shop.store, "gold", 1)
    add_slo(shop.store, "slo-0", RATIO)
    server.freeze()
    await shop.evaluator.tick()
    assert shop.condition("slo-0", "DataAvailable")["reason"] == "PrometheusTimeout"
    server.thaw()
    until(server.is_ready, what="Prometheus answers again")
    await shop.evaluator.tick()
    assert shop.condition("slo-0", "DataAvailable")["reason"] != "PrometheusTimeout"
