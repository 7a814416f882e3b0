"""The plot: one fault that hits the most valuable customers, from the first failed order to the closed incident."""

from __future__ import annotations

from datetime import timedelta

from examples.shop.demo import sight
from examples.shop.demo.stage import Stage
from examples.shop.demo.telling import Step

MINUTE = timedelta(minutes=1)
ON_CALL = "jane@example.com"

STORY: tuple[Step[Stage], ...] = (
    Step(
        title="Quiet: budgets by tier",
        tells="""Customers of four tiers browse, search and buy. Prometheus evaluates the rules that the operator wrote
            for each TieredSLO, and the operator reads back what they recorded: the error budget that each tier has
            left of its 30 days. The rules are evaluated once a minute, so the first figures take up to that long.""",
        expects="every tier has a budget, by rules that Prometheus evaluates",
        sees=sight.budgets,
        within=3 * MINUTE,
        shows=("kubectl clv tiers", "kubectl clv status -n shop"),
    ),
    Step(
        title="Checkout fails for platinum",
        tells="""A release breaks the payment route of the hotel and restaurant chains, and of nobody else. Of all requests
            to the shop that is one in thirty: a figure for all customers together would move by 3 %. But they are the
            most valuable customers, and their promise is the strictest: 5 failures in 10,000.""",
        acts=Stage.break_checkout,
        expects="checkouts of platinum fail, those of other tiers do not",
        sees=sight.checkouts_fail,
        within=MINUTE,
    ),
    Step(
        title="An alert fires",
        tells="""The page alert needs two windows to agree: the last hour, completed by the newest five minutes, and the
            last five minutes alone. At this rate the month's budget would be gone within hours. The alert comes from
            Prometheus: it would fire with the operator down, too.""",
        expects="ClvBudgetBurnPage fires for checkout, platinum",
        sees=sight.page_alert,
        within=3 * MINUTE,
    ),
    Step(
        title="One incident, with the revenue at risk",
        tells="""Alertmanager posts to both replicas of the operator; whichever comes second finds the incident there. The
            operator reads how many orders fail above what is usual, and what that costs: margin lost at once, less what
            customers make up later, plus those who will leave because of it. The figure is an interval, not one
            scary number.""",
        expects="one RevenueIncident, SEV1, with revenue at risk",
        sees=sight.incident,
        within=2 * MINUTE,
        shows=("kubectl get revenueincidents -n shop", "kubectl clv top -n shop"),
    ),
    Step(
        title="People are told",
        tells="""Platinum has a page-level alert, so the policy says SEV1: the on-call engineer's pager and the war room in
            chat hear of it at once. Each message is written down in the incident before it is sent, so that a crash
            cannot lose it.""",
        expects="pager of on-call and chat of the war room",
        sees=sight.first_page,
        within=MINUTE,
        shows=("GET {receiver}/slack/war-room", "kubectl clv incident summary {incident} -n shop"),
    ),
    Step(
        title="Nobody answers: escalation",
        tells="""The on-call engineer is on a train. A minute after the incident opened nobody has acknowledged it, and the
            second step of the policy falls due: the manager's pager.""",
        expects="pager of the manager",
        sees=sight.second_step,
        within=3 * MINUTE,
    ),
    Step(
        title="A person takes it on",
        tells="""An acknowledgement stops further steps and repeats, as long as the severity does not rise. You can do it
            yourself, in another terminal, within half a minute: kubectl clv incident ack, and the name from the list
            above. Where nobody does, the demo does.""",
        acts=lambda stage: stage.acknowledge(ON_CALL),
        leaves_to_user=timedelta(seconds=30),
        expects="phase Acknowledged",
        sees=sight.acknowledged,
        within=MINUTE,
        shows=("kubectl clv top -n shop",),
    ),
    Step(
        title="The release is rolled back",
        tells="""Checkout works again for everybody.""",
        acts=Stage.mend_checkout,
        expects="platinum buys again and nothing fails",
        sees=sight.checkouts_succeed,
        within=2 * MINUTE,
    ),
    Step(
        title="The alert clears: Mitigated",
        tells="""The five-minute window still holds the failures, so the alert goes on for about five minutes; then Prometheus
            ends it, Alertmanager says so, and no alert of the incident fires any more. That is Mitigated, not yet
            Resolved: an alert that has expired is no recovery.""",
        expects="phase Mitigated",
        sees=sight.mitigated,
        within=10 * MINUTE,
    ),
    Step(
        title="Resolved",
        tells="""Mitigated for a minute (five by default, one in this demo), and the five-minute burn of platinum measured and
            below 1: now it is over. The incident keeps its timeline, its figures and who was told.""",
        expects="phase Resolved",
        sees=sight.resolved,
        within=8 * MINUTE,
        shows=(
            "kubectl clv incident show {incident} -n shop",
            "kubectl clv explain rinc/{incident} -n shop",
            "kubectl clv status checkout -n shop",
        ),
    ),
)
