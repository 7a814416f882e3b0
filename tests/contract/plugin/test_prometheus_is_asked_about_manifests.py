"""Findings that only a real Prometheus can give; its series are recorded by rules, one sample a second."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from devstack import until
from devstack.prometheus import Prometheus
from devstack.testing.fixtures import PrometheusFactory
from kubectl_clv import cli
from kubectl_clv.manifests import read
from kubectl_clv.verbs.validate import examine
from tests.manifests import latency_slo, put, slo, tier

pytestmark = pytest.mark.needs("prometheus")


def recorded(name: str, **labels: str) -> dict[str, Any]:
    return {"record": name, "expr": "vector(1)", "labels": labels}


SERIES = [
    recorded("http_requests_total", job="checkout", code="200", clv_tier="platinum"),
    recorded("http_requests_total", job="checkout", code="200", clv_tier="golt"),
    recorded("http_requests_total", job="checkout", code="200"),
    recorded("http_requests_total", job="untiered", code="200"),
    *(
        recorded("http_request_duration_seconds_bucket", job="checkout", clv_tier="platinum", le=bound)
        for bound in ("0.1", "0.25", "1", "+Inf")
    ),
]


@pytest.fixture
def server(prometheus: PrometheusFactory) -> Prometheus:
    made = prometheus(rules={"series.yaml": {"groups": [{"name": "series", "interval": "1s", "rules": SERIES}]}})
    until(lambda: made.query("http_request_duration_seconds_bucket"), what="the series are there", timeout_seconds=20)
    return made


def findings(server: Prometheus, folder: Path, thing: dict[str, Any]) -> dict[str, tuple[str, str, str]]:
    tiers = [put(tier(name, rank=rank), "spec.labelValue", name) for rank, name in enumerate(("platinum", "gold"), 1)]
    file = folder / "shop.yaml"
    file.write_text(yaml.safe_dump_all([*tiers, thing]))
    found = examine(read([str(file)]), now=datetime.now(UTC), prometheus=server.url)
    ours = [each for each in found if each.manifest.kind == "TieredSLO"]
    return {each.field + str(place): (each.severity, each.problem, each.fix) for place, each in enumerate(ours)}


def test_labels_that_are_missing_or_strange_are_warnings(server: Prometheus, tmp_path: Path) -> None:
    found = findings(server, tmp_path, slo())
    assert found["spec.tierLabel0"] == (
        "ticket",
        "1 of 3 series carry no label clv_tier; they count as unknown",
        "have every instance of the application set it",
    )
    assert found["spec.tierLabel1"] == (
        "ticket",
        "clv_tier carries golt, which no CLVTier has as labelValue; that traffic counts as unknown",
        "did you mean gold?",
    )


def test_errors_that_were_never_counted_are_a_warning(server: Prometheus, tmp_path: Path) -> None:
    severity, problem, _ = findings(server, tmp_path, slo())["spec.indicator.ratio.errors2"]
    assert severity == "ticket"
    assert "counts as no errors" in problem


def test_a_metric_that_does_not_exist_gets_the_nearest(server: Prometheus, tmp_path: Path) -> None:
    misspelt = put(slo(), "spec.indicator.ratio.total", 'http_request_total{job="checkout"}')
    assert findings(server, tmp_path, misspelt)["spec.indicator.ratio.total0"] == (
        "page",
        "Prometheus has no metric http_request_total",
        "did you mean http_requests_total?",
    )


def test_matchers_that_match_nothing_are_told_apart_from_a_wrong_name(server: Prometheus, tmp_path: Path) -> None:
    nobody = put(slo(), "spec.indicator.ratio.total", 'http_requests_total{job="billing"}')
    severity, problem, _ = findings(server, tmp_path, nobody)["spec.indicator.ratio.total0"]
    assert (severity, problem) == (
        "page",
        'http_requests_total exists, but no series matches http_requests_total{job="billing"}',
    )


def test_a_metric_without_any_tier_is_invalid(server: Prometheus, tmp_path: Path) -> None:
    untiered = put(slo(), "spec.indicator.ratio.total", 'http_requests_total{job="untiered"}')
    severity, problem, _ = findings(server, tmp_path, untiered)["spec.tierLabel0"]
    assert severity == "page"
    assert "none of its 1 series carries the label clv_tier" in problem


def test_a_threshold_that_is_no_bucket_gets_those_that_are(server: Prometheus, tmp_path: Path) -> None:
    assert findings(server, tmp_path, latency_slo())["spec.indicator.latency.threshold0"] == (
        "page",
        "0.3s is no bucket of the histogram; it has 0.1s, 0.25s, 1s",
        "use 250ms, or add the bucket to the application",
    )


def test_a_threshold_that_is_a_bucket_is_well(server: Prometheus, tmp_path: Path) -> None:
    good = put(latency_slo(), "spec.indicator.latency.threshold", "1s")
    assert findings(server, tmp_path, good) == {}


def test_explain_puts_live_numbers_in(server: Prometheus, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = {"clv_slo": "shop/checkout", "clv_tier": "platinum"}
    rules = [
        {**recorded("clv:sli_events:increase_days", **key, clv_window="30d", clv_event="bad"), "expr": "vector(152)"},
        {**recorded("clv:sli_events:increase_days", **key, clv_window="30d", clv_event="total"), "expr": "vector(8e5)"},
        {**recorded("slo:sli_error:ratio_rate30d", **key, clv_window="30d"), "expr": "vector(0.00019)"},
        {**recorded("clv:budget_remaining:ratio", **key), "expr": "vector(0.62)"},
    ]
    (server.rules / "recorded.yaml").write_text(yaml.safe_dump({"groups": [{"name": "recorded", "rules": rules}]}))
    server.reload()
    until(lambda: server.query("clv:budget_remaining:ratio"), what="the figures are recorded", timeout_seconds=20)
    file = tmp_path / "shop.yaml"
    tiers = [put(tier(name, rank=rank), "spec.labelValue", name) for rank, name in enumerate(("platinum", "gold"), 1)]
    file.write_text(yaml.safe_dump_all([*tiers, slo(namespace="shop")]))
    assert cli.main(["explain", "tslo/checkout", "-f", str(file), "--prometheus", server.url]) == 0
    told = capsys.readouterr().out
    assert "error ratio over 30d = bad / total = 152 / 800,000 = 0.00019" in told
    assert "budget left = 1 - error ratio / error budget = 1 - 0.00019 / 0.0005 = 0.62" in told


@pytest.mark.needs("promtool")
def test_prometheus_accepts_what_generate_writes(tmp_path: Path, promtool: Any) -> None:
    file = tmp_path / "shop.yaml"
    tiers = [put(tier(name, rank=rank), "spec.labelValue", name) for rank, name in enumerate(("platinum", "gold"), 1)]
    file.write_text(yaml.safe_dump_all([*tiers, slo(namespace="shop"), latency_slo(namespace="shop")]))
    assert cli.main(["generate", "-f", str(file), "--out", str(tmp_path / "rules")]) == 0
    written = sorted(map(str, (tmp_path / "rules").iterdir()))
    assert len(written) == 3
    promtool("check", "rules", *written)
