from pathlib import Path

import pytest
import yaml

from clv_operator.api import KINDS
from clv_operator.api.generate import DEFAULT_FOLDER, definition, file_name, main, render


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_is_what_the_model_gives(kind: str) -> None:
    path = DEFAULT_FOLDER / file_name(KINDS[kind])
    assert path.read_text(encoding="utf-8") == render(KINDS[kind]), (
        "run `make generate` and commit crds/ with the model"
    )


def test_no_file_is_left_of_a_kind_that_is_gone() -> None:
    assert {path.name for path in DEFAULT_FOLDER.glob("*.yaml")} == {file_name(kind) for kind in KINDS.values()}


@pytest.mark.parametrize("kind", KINDS)
def test_the_yaml_reads_back_as_it_was_meant(kind: str) -> None:
    assert yaml.safe_load(render(KINDS[kind])) == definition(KINDS[kind])


def test_check_writes_nothing_and_says_what_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), "--check"]) == 1
    assert list(tmp_path.iterdir()) == []
    assert "clvsre.io_clvtiers.yaml" in capsys.readouterr().out
    assert main([str(tmp_path)]) == 0
    assert main([str(tmp_path), "--check"]) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_short_names_avoid_those_of_others(kind: str) -> None:
    names = definition(KINDS[kind])["spec"]["names"]
    assert not {"slo", "slos", "rollout", "ro"} & {*names["shortNames"], names["plural"], names["singular"]}
    assert names["categories"] == ["clv"]


@pytest.mark.parametrize("kind", KINDS)
def test_columns_point_at_fields_that_exist(kind: str) -> None:
    version = definition(KINDS[kind])["spec"]["versions"][0]
    fields = [item["jsonPath"] for item in version["additionalPrinterColumns"] + version.get("selectableFields", [])]
    for path in fields:
        node = version["schema"]["openAPIV3Schema"]
        if path.startswith((".metadata", ".status.conditions")):
            continue
        for part in path.strip(".").split("."):
            node = node["properties"][part]
        assert node["type"] in {"string", "integer"}, path
