from typing import Any

import helm_python
import pytest

from tests.contract.charts.chart import CHARTS, render, values


@pytest.mark.parametrize("chart", ["clv-sre", "clv-sre-crds"])
def test_helm_lints_the_chart_strictly(chart: str) -> None:
    given = values() if chart == "clv-sre" else {}
    found = helm_python.lint(CHARTS / chart, strict=True, values=given)
    assert found["errors"] == []


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"replica": 2}, "replica"),
        ({"replicas": 0}, "replicas"),
        ({"rules": {"output": "File"}}, "output"),
        ({"image": {"digest": "sha256:short"}}, "digest"),
        ({"watchNamespaces": ["Shop"]}, "watchNamespaces"),
        ({"intake": {"serviceAccounts": ["alertmanager"]}}, "serviceAccounts"),
        ({"incidents": {"mitigatedFor": "5 minutes"}}, "mitigatedFor"),
        ({"log": {"level": "verbose"}}, "level"),
    ],
)
def test_the_refusal_names_the_value(wrong: dict[str, Any], named: str) -> None:
    with helm_python.Chart.load(CHARTS / "clv-sre") as chart, pytest.raises(helm_python.HelmError, match=named):
        chart.validate_schema(values(**wrong))


@pytest.mark.parametrize(
    ("missing", "named"),
    [({"image": {"repository": ""}}, "image.repository"), ({"prometheus": {"url": ""}}, "prometheus.url")],
)
def test_what_has_no_sensible_default_is_asked_for_by_name(missing: dict[str, Any], named: str) -> None:
    with pytest.raises(helm_python.HelmError, match=named):
        render(**missing)
