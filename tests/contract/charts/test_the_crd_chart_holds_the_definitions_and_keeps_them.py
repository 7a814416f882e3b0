import yaml

from tests.contract.charts.chart import CHARTS, of_kind, render

CRDS = CHARTS.parent / "crds"


def test_it_renders_each_definition_word_for_word_and_asks_helm_to_keep_it() -> None:
    rendered = of_kind(render("clv-sre-crds"), "CustomResourceDefinition")
    source = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(CRDS.glob("*.yaml"))]
    assert len(source) >= 4
    for definition in source:
        definition["metadata"]["annotations"] = {"helm.sh/resource-policy": "keep"}
    assert rendered == {definition["metadata"]["name"]: definition for definition in source}
