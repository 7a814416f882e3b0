from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sloengine.incidents.figure import cents, short
from sloengine.incidents.risk import Bounds
from sloengine.incidents.summary import Link, Money, Situation, TierBudget, headline, lines, slack

NOW = datetime(2026, 11, 25, 14, 33, tzinfo=UTC)
SITUATION = Situation(
    severity="SEV1",
    service="checkout",
    phase="Open",
    tiers=("platinum", "gold", "bronze"),
    core=True,
    money=Money(
        currency="USD",
        projected=Bounds(mean=36_790, low=9_818.64, high=88_277.31),
        rate_per_hour=Bounds(mean=11_490, low=7_101.51, high=17_280.43),
    ),
    customers=21_020,
    counted=True,
    since=datetime(2026, 11, 25, 14, 2, tzinfo=UTC),
    suspects=("rollout checkout-v2, gold at 50 % since 13:58 (4 min before)",),
    budgets=(TierBudget(tier="platinum", burn=14.4, left=-0.2), TierBudget(tier="gold", burn=6.0, left=0.41)),
    next_at=datetime(2026, 11, 25, 14, 47, tzinfo=UTC),
    next_channels=("pd-manager",),
    next_unless_acknowledged=True,
    links=(Link(label="Runbook", url="https://runbooks.example/a"),),
)


def test_the_whole_text() -> None:
    assert lines(SITUATION, now=NOW) == [
        "SEV1 checkout (platinum, core): about 37,000 USD at risk (9,800 to 88,000), 11,000/h now (7,100 to 17,000)",
        "Hit: platinum, gold, bronze; 21,020 customers (counted). Since 14:02 UTC, 31 min",
        "Suspect: rollout checkout-v2, gold at 50 % since 13:58 (4 min before)",
        "Budget: platinum burns 14x, exhausted; gold burns 6x, 41 % left",
        "Next: pd-manager at 14:47 UTC unless acknowledged. Commander: none",
        "Runbook: https://runbooks.example/a",
    ]


def test_lines_without_a_value_are_left_out() -> None:
    bare = Situation(severity="SEV3", service="search", phase="Open", since=SITUATION.since, commander="ann")
    assert lines(bare, now=NOW) == [
        "SEV3 search: revenue at risk unknown",
        "Since 14:02 UTC, 31 min",
        "Commander: ann",
    ]


def test_what_is_uncertain_says_so() -> None:
    assert SITUATION.money is not None
    stale = replace(SITUATION.money, stale_since=datetime(2026, 11, 25, 14, 20, tzinfo=UTC), at_least=True)
    text = headline(replace(SITUATION, money=stale))
    assert text.endswith("at least 37,000 USD at risk (9,800 to 88,000), no data since 14:20 UTC")
    assert "up to 37,000" in headline(replace(SITUATION, money=replace(SITUATION.money, up_to=True)))


def test_a_small_group_of_customers_is_not_told() -> None:
    assert "fewer than 11 customers (at most)" in lines(replace(SITUATION, customers=3, counted=False), now=NOW)[1]


def test_an_ended_incident_says_how_long_it_was() -> None:
    ended = replace(SITUATION, phase="Resolved", ended_at=datetime(2026, 11, 25, 15, 12, tzinfo=UTC))
    assert headline(ended).startswith(
        "SEV1 checkout (platinum, core) resolved: about 37,000 USD lost (9,800 to 88,000)"
    )
    assert lines(ended, now=NOW)[1].endswith("Since 14:02 UTC, 1h10m")


def test_a_label_cannot_ping_a_channel_in_slack() -> None:
    text = slack(replace(SITUATION, service="<!channel>", links=(Link(label="a|b>", url="https://x/|>"),)), now=NOW)
    assert "<!channel>" not in text
    assert "&lt;!channel&gt;" in text
    assert text.splitlines()[-1] == "<https://x/%7C%3E|a|b&gt;>"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (36_790, "37,000"),
        (7_101.5, "7,100"),
        (0, "0"),
        (3.456, "3.5"),
        (9.99, "10"),
        (4.0, "4"),
        (95.0, "95"),
        (1e7, "10,000,000"),
        (0.04, "0.04"),
    ],
)
def test_money_has_two_significant_digits(amount: float, text: str) -> None:
    assert short(amount) == text


def test_records_keep_cents_half_even() -> None:
    assert [cents(value) for value in (36_790.0, 0.125, 0.135, 1e-9, 1e20)] == [
        "36790.00",
        "0.12",
        "0.14",
        "0.00",
        "100000000000000000000.00",
    ]
