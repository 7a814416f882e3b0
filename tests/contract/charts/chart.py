"""The charts as Helm itself reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import helm_python
import yaml

CHARTS = Path(__file__).parents[3] / "charts"
REQUIRED: dict[str, Any] = {
    "image": {"repository": "registry.example/clv-sre"},
    "prometheus": {"url": "http://prometheus.monitoring:9090"},
}


def values(**overrides: Any) -> dict[str, Any]:
    """The least that the chart asks for, and what a test adds to it."""
    merged = dict(REQUIRED)
    for key, value in overrides.items():
        merged[key] = {**merged[key], **value} if isinstance(value, dict) and key in merged else value
    return merged


def render(chart: str = "clv-sre", *, namespace: str = "clv-sre", **overrides: Any) -> list[dict[str, Any]]:
    """Every object of the rendered chart."""
    given = values(**overrides) if chart == "clv-sre" else {}
    with helm_python.Chart.load(CHARTS / chart) as loaded:
        files = loaded.render(given, name="clv-sre", namespace=namespace)
    texts = [text for path, text in files.items() if path.endswith(".yaml")]
    return [found for text in texts for found in yaml.safe_load_all(text) if found]


def of_kind(objects: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    """The objects of one kind, by name; those in several namespaces by `namespace/name`."""
    found = [item for item in objects if item["kind"] == kind]
    names = [item["metadata"]["name"] for item in found]
    keys = [
        name if names.count(name) == 1 else f"{item['metadata']['namespace']}/{name}"
        for item, name in zip(found, names, strict=True)
    ]
    return dict(zip(keys, found, strict=True))
