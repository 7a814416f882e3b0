from typing import Any

import pytest
import yaml

from clv_operator import settings
from tests.contract.charts.chart import of_kind, render


@pytest.mark.parametrize(
    "overrides",
    [
        {},
        {
            "watchNamespaces": ["shop", "billing"],
            "prometheus": {"headers": {"X-Scope-OrgID": "shop"}},
            "alertmanagers": ["http://alertmanager-0:9093", "http://alertmanager-1:9093"],
            "rules": {"output": "ConfigMap", "labels": {"release": "kps"}},
            "intake": {
                "serviceAccounts": ["monitoring/alertmanager"],
                "tokenSecret": "intake",
                "tokenKeys": ["a", "b"],
            },
            "incidents": {"namespace": "incidents", "mitigatedFor": "1m"},
        },
    ],
)
def test_the_operator_reads_what_the_chart_renders(overrides: dict[str, Any]) -> None:
    text = of_kind(render(**overrides), "ConfigMap")["clv-sre"]["data"]["config.yaml"]
    read = settings.parse(yaml.safe_load(text))
    assert read.prometheus.url == "http://prometheus.monitoring:9090"
    assert read.watch_namespaces == tuple(overrides.get("watchNamespaces", ()))
    assert [one.url for one in read.alertmanagers] == overrides.get("alertmanagers", [])


def test_shared_tokens_are_read_from_the_mounted_secret() -> None:
    objects = render(intake={"tokenSecret": "intake", "tokenKeys": ["new", "old"]})
    read = settings.parse(yaml.safe_load(of_kind(objects, "ConfigMap")["clv-sre"]["data"]["config.yaml"]))
    pod = of_kind(objects, "Deployment")["clv-sre"]["spec"]["template"]["spec"]
    mount = next(m for m in pod["containers"][0]["volumeMounts"] if m["name"] == "tokens")
    assert [str(path) for path in read.intake.token_files] == [f"{mount['mountPath']}/new", f"{mount['mountPath']}/old"]
