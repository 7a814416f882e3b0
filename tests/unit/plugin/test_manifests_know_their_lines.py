from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_clv.failure import Failure
from kubectl_clv.manifests import read

TEXT = """\
# two documents
apiVersion: clvsre.io/v1alpha1
kind: TieredSLO
metadata: {name: checkout, namespace: shop}
spec:
  objectives:
  - {tier: platinum, target: "99.95"}
  - tier: gold
    target: "99.9"
---
apiVersion: v1
kind: Service
metadata:
  name: other
"""


def test_a_field_has_the_line_where_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(TEXT)
    slo, service = read([str(file)])
    assert slo.line_of("spec.objectives[1].target") == 9
    assert slo.line_of("spec.objectives[0]") == 7
    assert service.line_of("metadata.name") == 14


def test_a_field_that_is_missing_has_the_line_of_its_parent(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(TEXT)
    assert read([str(file)])[0].line_of("spec.indicator.ratio") == 5


def test_a_folder_is_read_whole_and_in_order(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.yml").write_text("{kind: CLVTier, metadata: {name: gold}}")
    (tmp_path / "b.json").write_text('{"kind": "CLVTier", "metadata": {"name": "bronze"}}')
    (tmp_path / "notes.md").write_text("not: read")
    assert [each.name for each in read([str(tmp_path)])] == ["bronze", "gold"]


def test_a_list_is_taken_apart(tmp_path: Path) -> None:
    file = tmp_path / "list.yaml"
    file.write_text("kind: List\nitems:\n- kind: CLVTier\n  metadata: {name: gold}\n- kind: TieredSLO\n")
    gold, slo = read([str(file)])
    assert (gold.kind, gold.line_of("metadata.name"), slo.line_of("kind")) == ("CLVTier", 4, 5)


def test_times_stay_text_as_the_api_server_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "tier.yaml"
    file.write_text("kind: CLVTier\nspec: {asOf: 2026-11-20T00:00:00Z, note: =}\n")
    assert read([str(file)])[0].body["spec"] == {"asOf": "2026-11-20T00:00:00Z", "note": "="}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1, 2", "is no YAML"),
        ("- just\n- a list\n", "is no object"),
        ("", "There is no manifest"),
        ("a: !!python/object/apply:os.system [true]", "is no YAML"),
    ],
)
def test_what_is_no_manifest_is_said_with_its_file(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(text)
    with pytest.raises(Failure) as refused:
        read([str(file)])
    assert said in refused.value.what
    assert "bad.yaml" in refused.value.what


def test_a_file_that_is_absent_or_no_text_is_said(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="There is no file"):
        read([str(tmp_path / "absent.yaml")])
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Failure, match="is not text"):
        read([str(tmp_path / "binary.yaml")])


def test_nothing_named_is_wrong_usage() -> None:
    with pytest.raises(Failure) as refused:
        read([])
    assert refused.value.code == 2


@pytest.mark.parametrize("text", ["a: " + "9" * 5_000, "[" * 5_000, "a: [", "\x00"])
def test_a_text_that_no_reader_takes_is_told_in_three_lines(text, tmp_path):
    file = tmp_path / "given.yaml"
    file.write_text(text)
    with pytest.raises(Failure) as refused:
        read([str(file)])
    assert str(file) in refused.value.what
    assert refused.value.why
