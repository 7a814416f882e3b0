from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from kubectl_clv import cli
from sloengine.rules import slo_group
from tests.manifests import put, slo, tier


@pytest.fixture
def manifests(tmp_path: Path) -> str:
    gold = put(tier("gold", rank=2), "spec.labelValue", "gold")
    file = tmp_path / "shop.yaml"
    file.write_text(yaml.safe_dump_all([tier(), gold, slo(namespace="shop")]))
    return str(file)


def test_a_rule_file_for_each_slo_and_a_shared_one(
    manifests: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "rules"
    assert cli.main(["generate", "-f", manifests, "--out", str(out)]) == 0
    assert sorted(each.name for each in out.iterdir()) == ["clv-shared.yaml", "shop.checkout.yaml"]
    from clv_operator.api import parse

    tiers = [
        parse("CLVTier", body).to_tier() for body in (tier(), put(tier("gold", rank=2), "spec.labelValue", "gold"))
    ]  # type: ignore[attr-defined]  # parse gives the model of the kind
    group = slo_group(parse("TieredSLO", slo(namespace="shop")).to_slo(), tiers)  # type: ignore[attr-defined]  # as above
    assert yaml.safe_load((out / "shop.checkout.yaml").read_text()) == {"groups": [group.to_dict()]}
    assert "created" in capsys.readouterr().out


def test_the_same_manifests_give_the_same_bytes(
    manifests: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert cli.main(["generate", "-f", manifests, "--out", str(tmp_path / "rules")]) == 0
    assert [line.split()[-1] for line in capsys.readouterr().out.splitlines()] == [
        "created",
        "created",
        "unchanged",
        "unchanged",
    ]


def test_a_dry_run_writes_nothing(manifests: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["generate", "-f", manifests, "--out", str(tmp_path / "rules"), "--dry-run"]) == 0
    assert not (tmp_path / "rules").exists()
    assert "nothing was written" in capsys.readouterr().out


def test_prometheusrules_do_not_carry_the_mark_of_the_operator(
    manifests: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["generate", "-f", manifests, "--format", "prometheusrule"]) == 0
    made, shared = yaml.safe_load_all(capsys.readouterr().out)
    assert (made["kind"], made["metadata"]["name"], made["metadata"]["namespace"]) == (
        "PrometheusRule",
        "clv-slo-checkout",
        "shop",
    )
    assert made["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "kubectl-clv"
    assert shared["metadata"]["name"] == "clv-shared"


def test_a_config_map_holds_the_files(manifests: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["generate", "-f", manifests, "--format", "configmap", "-n", "monitoring"]) == 0
    made = yaml.safe_load(capsys.readouterr().out)
    assert (made["kind"], made["metadata"]["namespace"]) == ("ConfigMap", "monitoring")
    assert sorted(made["data"]) == ["clv-shared.yaml", "shop.checkout.yaml"]


def test_without_tiers_it_says_where_to_take_them_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "slo.yaml"
    file.write_text(yaml.safe_dump(slo()))
    assert cli.main(["generate", "-f", str(file)]) == 2
    assert "--cluster-tiers" in capsys.readouterr().err


def test_an_invalid_manifest_is_named_with_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "slo.yaml"
    file.write_text(yaml.safe_dump_all([tier(), put(slo(), "spec.objectives.0.target", "101")]))
    assert cli.main(["generate", "-f", str(file), "--out", str(tmp_path / "rules")]) == 1
    assert "slo.yaml:" in capsys.readouterr().err
    assert not (tmp_path / "rules").exists()
