"""Each alert links a page of runbooks/ that exists and has its seven parts."""

import re
from pathlib import Path

import pytest

from sloengine.rules import RuleSettings, shared_group, slo_group
from tests.unit.engine.builders import FOUR, slo

RUNBOOKS = Path(__file__).parents[3] / "runbooks"
PARTS = ["What it means", "Who is hit", "Check", "Mend", "Undo", "Verify", "Escalate"]
GROUPS = (slo_group(slo(), FOUR), shared_group(weights={"a": 1.0}, values={"a": 1.0, "unknown": 1.0}, periods=[]))
ALERTS = {rule.alert: rule for group in GROUPS for rule in group.rules if rule.alert}


def test_these_are_the_alerts_of_the_engine():
    assert sorted(ALERTS) == [
        "ClvBudgetBurnPage",
        "ClvBudgetBurnTicket",
        "ClvBudgetExhausted",
        "ClvSLINoData",
        "ClvTierLookupDown",
        "ClvUnknownTierShare",
    ]


@pytest.mark.parametrize("alert", sorted(ALERTS))
def test_the_link_of_the_alert_leads_to_a_page_with_all_its_parts(alert):
    url = ALERTS[alert].annotations["runbook_url"]
    base = RuleSettings().runbook_base_url
    assert url == f"{base}/{alert}.md"
    text = (RUNBOOKS / url.removeprefix(f"{base}/")).read_text(encoding="utf-8")
    assert text.startswith(f"# {alert}\n")
    assert re.findall(r"^## (.+)$", text, flags=re.MULTILINE) == PARTS


@pytest.mark.parametrize("alert", sorted(ALERTS))
def test_the_page_names_no_series_that_the_rules_do_not_record(alert):
    recorded = {rule.record for group in GROUPS for rule in group.rules}
    text = (RUNBOOKS / f"{alert}.md").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:clv|slo):[a-z_0-9]+:[a-z_0-9]+", text))
    assert named
    assert named <= recorded
