from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sloengine.incidents.policy import UNRATED, Bound, Candidate, Policy, SeverityRule, choose
from sloengine.incidents.risk import Bounds
from sloengine.incidents.severity import Facts, Severity, judge

NOW = datetime(2026, 11, 25, 14, 2, tzinfo=UTC)
RULES = (
    SeverityRule(
        name="SEV1",
        at_risk=50_000,
        rate_per_hour=20_000,
        bound=Bound.MEAN,
        tiers=frozenset({"platinum"}),
        core=True,
    ),
    SeverityRule(name="SEV2", at_risk=5_000),
    SeverityRule(name="SEV3"),
)
EXAMPLE = Bounds(mean=36_790, low=9_818.64, high=88_277.31)
SMALL = Bounds(mean=100, low=50, high=200)


def judged(current: str, facts: Facts, *, since: datetime | None = None, override: str | None = None) -> Severity:
    return judge(RULES, Severity(name=current, falling_since=since), facts, now=NOW, override=override)


def test_the_worked_example_opens_as_the_second_severity() -> None:
    # mean 36,790 is under 50,000; low 9,818.64 is over 5,000
    found = judged(UNRATED, Facts(projected=EXAMPLE))
    assert found.name == "SEV2"
    assert "low bound" in found.reason


def test_it_stays_grave_while_the_high_bound_allows_it() -> None:
    assert judged("SEV1", Facts(projected=EXAMPLE, rate_per_hour=SMALL)).name == "SEV1"  # 88,277 >= 50,000


@pytest.mark.parametrize(
    "facts",
    [
        Facts(projected=Bounds(mean=50_000, low=1, high=90_000)),
        Facts(rate_per_hour=Bounds(mean=20_000, low=1, high=90_000)),
        Facts(page_tiers=frozenset({"platinum", "gold"})),
        Facts(core=True),
    ],
)
def test_any_one_condition_is_enough(facts: Facts) -> None:
    assert judged("SEV3", facts).name == "SEV1"


def test_it_falls_after_ten_minutes_to_the_next_that_still_holds() -> None:
    low = Facts(projected=SMALL, rate_per_hour=SMALL)
    first = judged("SEV1", low)
    assert (first.name, first.falling_since) == ("SEV1", NOW)
    assert judged("SEV1", low, since=NOW - timedelta(minutes=9)).name == "SEV1"
    assert judged("SEV1", low, since=NOW - timedelta(minutes=10)).name == "SEV3"
    between = Facts(projected=Bounds(mean=6_000, low=2_000, high=20_000), rate_per_hour=SMALL)
    assert judged("SEV1", between, since=NOW - timedelta(minutes=10)).name == "SEV2"


def test_an_unknown_figure_never_lowers_it() -> None:
    assert judged("SEV1", Facts(), since=NOW - timedelta(hours=9)) == Severity(name="SEV1")


def test_a_matching_condition_restarts_the_ten_minutes() -> None:
    found = judged("SEV1", Facts(core=True, projected=SMALL), since=NOW - timedelta(minutes=9))
    assert found.falling_since is None


def test_a_persons_word_is_final() -> None:
    found = judged("SEV3", Facts(core=True), override="SEV2")
    assert (found.name, found.overridden) == ("SEV2", True)


def test_no_entry_that_matches_is_unrated_and_not_a_default() -> None:
    assert judge(RULES[:2], Severity(), Facts(projected=SMALL), now=NOW).name == UNRATED


def test_the_most_specific_policy_in_the_incidents_own_namespace_wins() -> None:
    candidates = [
        Candidate(namespace="clv", name="default", policy=Policy()),
        Candidate(namespace="clv", name="money", policy=Policy(services=frozenset({"checkout", "billing"}))),
        Candidate(namespace="shop", name="default", policy=Policy()),
        Candidate(namespace="shop", name="eu", policy=Policy(labels={"region": "eu"})),
    ]

    def chosen(namespace: str, service: str, **labels: str) -> str:
        found = choose(candidates, namespace=namespace, service=service, labels=labels)
        return "none" if found is None else f"{found.namespace}/{found.name}"

    assert chosen("shop", "checkout") == "shop/default"
    assert chosen("shop", "checkout", region="eu") == "shop/eu"
    assert chosen("other", "checkout") == "clv/money"
    assert chosen("other", "search") == "clv/default"
    assert choose(candidates[1:2], namespace="shop", service="search", labels={}) is None
