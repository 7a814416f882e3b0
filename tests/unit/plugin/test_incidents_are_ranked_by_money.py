from __future__ import annotations

from typing import Any

from kubectl_clv.verbs.incident.list import report as listed
from kubectl_clv.verbs.incident.show import report as shown
from kubectl_clv.verbs.top import report as topped
from kubectl_clv.views.incident import IncidentView
from kubectl_clv.views.situation import summary_lines
from tests.manifests import policy
from tests.unit.plugin.objects import NOW, at, burning, incident

MONEY: dict[str, Any] = {"projected": "180.00", "low": "70.00", "high": "420.00", "currency": "USD"}
SMALL = incident(
    "inc-search-aaaabbbbcc-2",
    opened=-130,
    spec={"acknowledged": {"by": "jane@example.com", "at": at(-120)}, "commander": "jane@example.com"},
    status={"phase": "Acknowledged", "severity": "SEV3", "atRisk": {**MONEY, "stale": at(-20)}, "tierNames": "gold"},
)
POLICY = policy(steps=[{"after": "45m", "unless": "Acknowledged", "notify": ["ticket"]}])["spec"]
UNKNOWN = incident("inc-new-ccccdddd33-1", opened=0, status={"severity": "", "atRisk": {}, "tierNames": ""})
OVER = incident(
    "inc-billing-ccccdddd22-1",
    opened=-4320,
    status={"phase": "Resolved", "severity": "SEV1", "mitigatedAt": at(-4320 + 72)},
)
ALL = [IncidentView.of(each) for each in (SMALL, UNKNOWN, incident())]


def test_top_is_sorted_by_money_and_says_what_is_unknown() -> None:
    assert topped(ALL, now=NOW).render("table", width=80).splitlines() == [
        "INCIDENT                   SEV       AT RISK, USD            PHASE         LASTS",
        "inc-checkout-rsvzgl7jaj-1  SEV2      37k (9.8k to 88k)       Open            31m",
        "inc-search-aaaabbbbcc-2    SEV3      180 (70 to 420), stale  Acknowledged  2h10m",
        "inc-new-ccccdddd33-1       none yet  unknown                 Open             0s",
        "",
        "1 without a figure: what is at risk there is unknown, not nothing",
    ]


def test_top_keeps_the_whole_name_for_the_next_command_at_any_width() -> None:
    for width in (40, 60, 80, 120):
        text = topped(ALL, now=NOW, everywhere=True).render("table", width=width)
        assert "inc-checkout-rsvzgl7jaj-1" in text


def test_stale_figures_have_no_rate() -> None:
    assert IncidentView.of(SMALL).rate() == "no data"


def test_at_least_is_said_where_a_part_is_unknown() -> None:
    each = incident(status={"atRisk": {**MONEY, "atLeast": True}})
    assert IncidentView.of(each).risk() == "at least 180 (70 to 420) USD"


def test_a_severity_that_a_person_set_is_marked() -> None:
    text = topped([IncidentView.of(incident(spec={"severityOverride": "SEV1"}))], now=NOW).render("table")
    assert "SEV1*" in text


def test_nothing_open_is_a_sentence_and_no_table() -> None:
    report = topped([], now=NOW, empty="No open incidents in namespace shop. -A looks everywhere.")
    assert report.empty == "No open incidents in namespace shop. -A looks everywhere."


def test_the_list_has_the_newest_first_and_those_that_are_over() -> None:
    text = listed([*ALL, IncidentView.of(OVER)], now=NOW).render("table", width=80)
    names = [line.split()[0] for line in text.splitlines()[1:]]
    assert names == [
        "inc-new-ccccdddd33-1",
        "inc-checkout-rsvzgl7jaj-1",
        "inc-search-aaaabbbbcc-2",
        "inc-billing-ccccdddd22-1",
    ]


def test_an_incident_that_is_over_lasted_until_its_last_alert_ended() -> None:
    assert IncidentView.of(OVER).lasted(NOW) == "1h12m"


def test_the_summary_is_that_of_every_channel() -> None:
    each = incident(
        spec={
            "policy": {
                "name": "default",
                "namespace": "shop",
                "hash": "3f1c9a02b7d4",
                "resourceVersion": "1",
                "spec": POLICY,
            }
        },
        status={
            "nextStepAt": at(14),
            "escalation": {"since": at(-31)},
            "customersAffected": {"count": 21020, "basis": "Counted"},
        },
    )
    assert summary_lines(IncidentView.of(each), slos=[burning()], now=NOW) == [
        "SEV2 checkout (platinum): about 37,000 USD at risk (9,800 to 88,000), 11,000/h now (7,100 to 17,000)",
        "Hit: platinum, gold; 21,020 customers (counted). Since 14:02 UTC, 31 min",
        "Budget: platinum burns 140x, exhausted; gold burns 6.4x, 51 % left",
        "Next: ticket at 14:47 UTC unless acknowledged. Commander: none",
    ]


def test_show_tells_who_was_told_and_what_failed() -> None:
    entry = {
        "id": "5b8f0c2e91d7a364",
        "kind": "page",
        "channel": "war-room",
        "state": "Failed",
        "due": at(-31),
        "tries": 3,
        "error": "no_service",
    }
    each = incident(
        status={
            "outbox": [entry],
            "timeline": [{"at": at(-31), "text": "Opened"}, {"at": at(-2), "text": "Raised to SEV2"}],
            "tiers": [{"tier": "gold", "affected": 900, "affectedBasis": "Bounded", "immediate": "750.00"}],
        },
        spec={"notes": [{"text": "Rolled back", "by": "jane", "at": at(-10)}]},
    )
    text = shown(IncidentView.of(each), now=NOW).render("table", width=80)
    assert "war-room  page  Failed  14:02 UTC      3  no_service" in text
    assert "900 at most" in text
    happened = [line.split("  ")[1] for line in text.splitlines() if line.startswith("14:")]
    assert happened == ["Opened", "Note by jane: Rolled back", "Raised to SEV2"]


def test_a_status_of_another_version_still_gives_the_figures() -> None:
    each = incident(status={"timeline": [{"text": "of when?"}]})
    told = summary_lines(IncidentView.of(each), now=NOW)
    assert told[0] == "SEV2 checkout: 37k (9.8k to 88k) USD at risk, Open"
    assert "status.timeline[0].at" in told[1]


def test_a_newborn_incident_can_be_shown() -> None:
    newborn = {**incident("inc-x"), "status": {}}
    text = shown(IncidentView.of(newborn), now=NOW).render("table", width=80)
    assert "revenue at risk unknown" in text


def test_the_timeline_is_sorted_by_moments_and_not_by_their_text() -> None:
    timeline = [
        {"at": "2026-11-25T14:02:10.300Z", "text": "Rated SEV2"},
        {"at": "2026-11-25T14:02:10Z", "text": "Opened"},
    ]
    text = shown(IncidentView.of(incident(status={"timeline": timeline})), now=NOW).render("table", width=80)
    assert text.index("Opened") < text.index("Rated SEV2")


def test_a_tier_that_lost_nothing_is_no_row_and_one_that_is_unknown_is() -> None:
    nothing = {"tier": "silver", "immediate": "0.00", "churn": "0.00", "inputs": {"failedShare": "0"}}
    tiers = [{**nothing, "immediate": "750.00", "tier": "gold"}, nothing, {"tier": "bronze"}]
    text = shown(IncidentView.of(incident(status={"tiers": tiers})), now=NOW).render("table", width=80)
    table = text[text.index("Money by tier") : text.index("How the money")]
    assert [line.split()[0] for line in table.splitlines()[2:4]] == ["gold", "bronze"]
    assert "silver" not in table


def test_of_two_slos_the_one_that_burns_faster_is_told() -> None:
    calm = burning()
    calm["metadata"]["name"] = "checkout-latency"
    for tier in calm["status"]["tiers"]:
        tier.update(burnRate1h="0.12", budgetRemaining="0.71")
    told = summary_lines(IncidentView.of(incident()), slos=[calm, burning()], now=NOW)
    assert "Budget: platinum burns 140x, exhausted; gold burns 6.4x, 51 % left" in told


def test_an_incident_that_is_over_loses_nothing_more() -> None:
    assert IncidentView.of(OVER).rate() == "over"
