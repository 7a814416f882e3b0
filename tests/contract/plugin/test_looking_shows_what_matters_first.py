from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import yaml

from tests.contract.plugin.conftest import Shell
from tests.contract.plugin.things import checkout, open_incident

pytestmark = [pytest.mark.needs("apiserver"), pytest.mark.xdist_group("plugin")]


def test_status_reads_what_the_operator_wrote(shell: Shell) -> None:
    shell.put(checkout())
    assert shell.told("status").splitlines() == [
        "SLO       TIER          BUDGET LEFT  BURN 1H  SPENT    AT RISK/H, USD",
        "checkout  platinum    spent (-12 %)     140x  already  11k",
        "          gold           no traffic        -  -        -",
        "          (weighted)              -        -           11k (7.1k to 17k)",
        "",
        "checkout: RulesInSync is False (Pending): Prometheus has not evaluated them yet",
    ]


def test_status_of_one_slo_is_json_with_the_keys_of_the_resource(shell: Shell) -> None:
    shell.put(checkout())
    data = json.loads(shell.told("status", "checkout", "-o", "json"))
    assert (data["name"], data["tiers"][0]["budgetRemaining"]) == ("checkout", "-0.1176")


def test_a_name_that_is_not_there_gets_the_nearest(shell: Shell) -> None:
    shell.put(checkout())
    done = shell.run("status", "chekout")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"Error: There is no SLO chekout in namespace {shell.namespace}",
        "  Try: did you mean checkout?",
    ]


def test_top_and_list_name_the_incident_in_full(shell: Shell) -> None:
    shell.put(open_incident())
    for verb in (["top"], ["incident", "list"]):
        told = shell.told(*verb)
        assert "inc-checkout-rsvzgl7jaj-1" in told
        assert "37k (9.8k to 88k)" in told


def test_nothing_says_what_was_looked_for_and_what_to_try(shell: Shell) -> None:
    done = shell.run("top")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.strip() == f"No open incidents in namespace {shell.namespace}. -A looks everywhere."
    assert json.loads(shell.told("top", "-o", "json")) == []


def test_everywhere_shows_namespaces(shell: Shell) -> None:
    shell.put(open_incident())
    told = shell.told("top", "-A")
    assert told.startswith("NAMESPACE")
    assert shell.namespace in told


def test_labels_select(shell: Shell) -> None:
    shell.put(open_incident())
    done = shell.run("incident", "list", "-l", "team=nobody")
    assert "with labels team=nobody" in done.stderr


def test_filters_of_the_list_say_how_many_they_left_out(shell: Shell) -> None:
    shell.put(open_incident())
    assert "inc-checkout" in shell.told("incident", "list", "--tier", "gold", "--since", "1h")
    done = shell.run("incident", "list", "--tier", "bronze")
    assert "1 others do not match the filters." in done.stderr


def test_show_and_summary_of_an_incident(shell: Shell) -> None:
    shell.put(open_incident())
    shown = shell.told("incident", "show", "inc-checkout-rsvzgl7jaj-1")
    first = "SEV2 checkout (platinum): about 37,000 USD at risk (9,800 to 88,000)"
    assert shown.splitlines()[1] == first
    assert shell.told("incident", "summary", "rinc/inc-checkout-rsvzgl7jaj-1").splitlines()[0] == first
    assert yaml.safe_load(shell.told("incident", "show", "inc-checkout-rsvzgl7jaj-1", "-o", "yaml"))["kind"]


def test_tiers_are_sorted_by_rank(shell: Shell) -> None:
    names = shell.told("tiers", "-o", "name").split()
    assert names == ["clvtier.clvsre.io/platinum", "clvtier.clvsre.io/gold"]


def test_explain_of_an_slo_has_formula_and_query(shell: Shell) -> None:
    shell.put(checkout())
    told = shell.told("explain", "tslo/checkout")
    assert "budget left = 1 - error ratio / error budget = 1 - 0.0005588 / 0.0005 = -0.1176" in told
    assert f'clv:budget_remaining:ratio{{clv_slo="{shell.namespace}/checkout",clv_tier="platinum"}}' in told


def test_explain_of_an_incident_replays_its_figures(shell: Shell) -> None:
    # 0.70 x (1 - 0.60) x 9,000 of platinum's failed revenue = 2,520
    share, value = {"mean": "0.60", "low": "0.40", "high": "0.80"}, {"mean": "50000.00"}
    inputs = {"failedRevenue": "9000", "badMinutes": "31", "margin": "0.70", "deferral": share, "residualValue": value}
    inputs["valuesAsOf"] = "2026-11-20T00:00:00Z"
    tiers = [{"tier": "platinum", "grossLost": "9000.00", "dataQuality": "Ok", "inputs": inputs}]
    risk = {"accrued": "2520.00", "projected": "2520.00", "currency": "USD", "lastedHours": "0.5", "model": "v1"}
    shell.put(open_incident(tiers=tiers, atRisk=risk))
    told = shell.told("explain", "rinc/inc-checkout-rsvzgl7jaj-1")
    assert "lost at once = 0.7 x 0.4 x 9,000.00 = 2,520.00" in told
    assert "accrued: 2,520.00 in the status, 2,520.00 replayed: agrees" in told


def test_who_may_not_look_is_told_by_the_api_server(make_shell: Callable[..., Shell]) -> None:
    done = make_shell(user="nobody").run("status")
    assert done.returncode == 1
    assert 'User "nobody" cannot list resource "tieredslos"' in done.stderr
    assert "kubectl auth can-i --list" in done.stderr


def test_an_api_server_that_is_away_is_three_lines(make_shell: Callable[..., Shell], shell: Shell) -> None:
    text = shell.cluster.kubeconfig.read_text()
    away = shell.cluster.folder / "away.kubeconfig"
    away.write_text(text.replace(shell.cluster.url, "https://127.0.0.1:1"))
    done = make_shell(more={"KUBECONFIG": str(away)}).run("top")
    assert done.returncode == 1
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["Error", "  Why", "  Try"]


def test_absent_crds_are_told_with_the_mend(apiserver_without_crds: Callable[..., Shell]) -> None:
    done = apiserver_without_crds().run("status")
    assert "the API server has no tieredslos of clvsre.io/v1alpha1" in done.stderr
    assert "kubectl apply -f crds/" in done.stderr


@pytest.mark.parametrize("name", ["", "..", "checkout?limit=1", "Checkout", "a b"])
def test_what_cannot_be_a_name_is_not_there_and_asks_nothing_else(shell: Shell, name: str) -> None:
    done = shell.run("status", name)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: There is no SLO {name or repr(name)} in namespace {shell.namespace}")
