import pytest

from clv_operator.api import KINDS
from devstack.api import Api, ApiRefused
from tests.contract.api.conftest import path_of
from tests.manifests import GOOD, incident, policy, slo, tier

pytestmark = [pytest.mark.needs("apiserver"), pytest.mark.xdist_group("crds")]

READY = {
    "conditions": [
        {
            "type": "Ready",
            "status": "True",
            "reason": "Accepted",
            "message": "in use",
            "lastTransitionTime": "2026-11-25T14:00:00Z",
        }
    ]
}
STATUS = {
    "CLVTier": READY | {"weight": "0.41"},
    "TieredSLO": READY
    | {
        "worstTier": "gold",
        "budgetRemaining": "0.41",
        "weightedBurn": "1.2",
        "period": "30d",
        "atRiskPerHour": {"mean": "120.00", "low": "40.00", "high": "310.00", "currency": "USD"},
    },
    "EscalationPolicy": READY | {"severityNames": "SEV1,SEV2,SEV3", "channelNames": "war-room,ticket"},
    "RevenueIncident": {
        "phase": "Acknowledged",
        "severity": "SEV1",
        "tierNames": "platinum,gold",
        "atRisk": {"projected": "36790.00", "ratePerHour": "11000.00"},
    },
}
COLUMNS = {
    "CLVTier": {"RANK": "1", "CUSTOMERS": "400", "WEIGHT": "0.41", "READY": "True"},
    "TieredSLO": {
        "SERVICE": "checkout",
        "PERIOD": "30d",
        "WORST TIER": "gold",
        "BUDGET LEFT": "0.41",
        "WEIGHTED BURN": "1.2",
        "AT RISK/H": "120.00",
        "READY": "True",
    },
    "EscalationPolicy": {"SEVERITIES": "SEV1,SEV2,SEV3", "CHANNELS": "war-room,ticket", "READY": "True"},
    "RevenueIncident": {
        "SEVERITY": "SEV1",
        "AT RISK": "36790.00",
        "RATE/H": "11000.00",
        "TIERS": "platinum,gold",
        "PHASE": "Acknowledged",
    },
}


@pytest.fixture(scope="module")
def namespace(cluster: Api) -> str:
    made = cluster.new_namespace()
    for manifest in (tier("shown"), slo(namespace=made), policy(namespace=made), incident(namespace=made)):
        kind = manifest["kind"]
        cluster.create(f"{path_of(kind, namespace=made)}?fieldValidation=Strict", manifest)
        path = path_of(kind, namespace=made, name=manifest["metadata"]["name"], subresource="status")
        cluster.merge(f"{path}?fieldValidation=Strict", {"status": STATUS[kind]})
    return made


@pytest.mark.parametrize("kind", KINDS)
def test_the_columns_hold_the_figures(cluster: Api, namespace: str, kind: str) -> None:
    name = "shown" if kind == "CLVTier" else GOOD[kind]()["metadata"]["name"]
    heading, row = cluster.kubectl("get", KINDS[kind].short, name, "-n", namespace).stdout.splitlines()
    for column, value in COLUMNS[kind].items():
        at = heading.index(column)
        assert row[at:].split("  ")[0].strip() == value, f"{column}\n{heading}\n{row}"
    assert heading.rstrip().endswith("AGE")


def test_the_age_of_the_values_is_a_column(cluster: Api, namespace: str) -> None:
    heading, row = cluster.kubectl("get", "clvt", "shown").stdout.splitlines()
    assert row[heading.index("AS OF") :].split()[0].endswith(("d", "h", "y"))


def test_the_category_lists_every_kind(cluster: Api, namespace: str) -> None:
    listed = cluster.kubectl("get", "clv", "-n", namespace, "-o", "name").stdout.split()
    assert {name.split(".")[0] for name in listed} == {kind.kind.lower() for kind in KINDS.values()}


@pytest.mark.parametrize(
    ("kind", "selector"),
    [
        ("TieredSLO", "spec.service=checkout"),
        ("RevenueIncident", "status.phase=Acknowledged"),
        ("RevenueIncident", "spec.opening.service=checkout"),
    ],
)
def test_fields_that_people_ask_for_can_be_selected(cluster: Api, namespace: str, kind: str, selector: str) -> None:
    for sign, count in (("=", 1), ("!=", 0)):
        field = selector.replace("=", sign)
        found = cluster.kubectl("get", KINDS[kind].short, "-n", namespace, f"--field-selector={field}", "-o", "name")
        assert len(found.stdout.split()) == count, field


def test_no_other_field_can_be_selected(cluster: Api, namespace: str) -> None:
    with pytest.raises(ApiRefused, match="400"):
        cluster.get(f"{path_of('TieredSLO', namespace=namespace)}?fieldSelector=spec.owner%3Dpayments")


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("clvtier.spec.values.deferral.mean", "share from 0 to 1"),
        ("tieredslo.spec.objectives.target", 'Example: "99.95"'),
        ("escalationpolicy.spec.severities.bound", "best estimate"),
        ("revenueincident.status.outbox.state", "How far it is"),
    ],
)
def test_explain_is_documentation(cluster: Api, namespace: str, field: str, text: str) -> None:
    shown = " ".join(cluster.kubectl("explain", field).stdout.split())
    assert text in shown


@pytest.mark.parametrize("kind", KINDS)
def test_explain_has_a_text_for_every_field(cluster: Api, namespace: str, kind: str) -> None:
    shown = cluster.kubectl("explain", KINDS[kind].plural, "--recursive").stdout
    assert "spec" in shown
    assert "<no description>" not in cluster.kubectl("explain", f"{KINDS[kind].plural}.spec").stdout


def test_a_misspelt_field_is_named_when_it_is_applied(cluster: Api, namespace: str) -> None:
    text = "apiVersion: clvsre.io/v1alpha1\nkind: CLVTier\nmetadata: {name: x}\nspec: {rnak: 1}\n"
    done = cluster.kubectl("create", "--validate=strict", "-f", "-", text=text, check=False)
    assert done.returncode != 0
    assert "rnak" in done.stderr
