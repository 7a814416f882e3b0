"""What no object can know alone: two tiers of one rank, several currencies, an objective for a tier that is nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from kubectl_clv.finding import PAGE, TICKET, Finding, invalid
from kubectl_clv.manifests import Manifest
from sloengine import budget, duration, weighting
from sloengine.errors import InvalidSpec
from sloengine.rules import slo_group
from sloengine.slo import ANY_TIER, Slo
from sloengine.tier import UNKNOWN, Interval, Tier, TierValues

FEWEST, MOST = 2, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Valid:
    """The manifests that are valid by themselves, as the engine knows them."""

    tiers: Sequence[tuple[Manifest, Tier]]
    slos: Sequence[tuple[Manifest, Slo]]


def twice(manifests: Sequence[Manifest]) -> Iterator[Finding]:
    """Two documents of one name: the later one silently wins at `kubectl apply`."""
    seen: dict[tuple[str, str, str], Manifest] = {}
    for manifest in manifests:
        key = (manifest.kind, manifest.namespace, manifest.name)
        first = seen.setdefault(key, manifest)
        if first is not manifest:
            where = f"{first.origin}:{first.line_of('metadata.name')}"
            problem = f"{manifest.label} stands in {where} too"
            yield Finding(manifest=manifest, severity=PAGE, field="metadata.name", problem=problem, fix="keep one")


def together(valid: Valid, *, now: datetime, tiers: Sequence[Tier] = ()) -> Iterator[Finding]:
    """What is wrong among tiers, and between SLOs and tiers. tiers: of the cluster, where the manifests have none."""
    yield from _collisions(valid.tiers, lambda tier: tier.rank, "spec.rank", "rank")
    yield from _collisions(valid.tiers, lambda tier: tier.label_value, "spec.labelValue", "labelValue")
    yield from _money(valid.tiers)
    for manifest, tier in valid.tiers:
        yield from _age(manifest, tier, now)
    judging = [tier for _, tier in valid.tiers] or tiers
    for manifest, slo in valid.slos:
        yield from _slo(manifest, slo, judging)


def _collisions(
    tiers: Sequence[tuple[Manifest, Tier]], of: Callable[[Tier], object], field: str, word: str
) -> Iterator[Finding]:
    seen: dict[object, str] = {}
    for manifest, tier in tiers:
        first = seen.setdefault(of(tier), tier.name)
        if first != tier.name:
            problem = f"{word} {of(tier)} is that of tier {first} too; the younger one will not be in force"
            yield Finding(manifest=manifest, severity=PAGE, field=field, problem=problem, fix=f"give it another {word}")


def _money(tiers: Sequence[tuple[Manifest, Tier]]) -> Iterator[Finding]:
    if not tiers:
        return
    manifest, first = tiers[0]
    if len(tiers) < FEWEST:
        problem = "there is one tier only, so nothing can be weighted"
        yield Finding(manifest=manifest, severity=TICKET, field="kind", problem=problem, fix="declare another CLVTier")
    for other, _ in tiers[MOST:]:
        problem = f"there are {MOST} tiers already, which is the most"
        yield Finding(manifest=other, severity=PAGE, field="kind", problem=problem, fix="merge two tiers")
    for other, tier in tiers[1:]:
        if tier.values.currency != first.values.currency:
            problem = (
                f"{tier.values.currency} here, {first.values.currency} for tier {first.name}: money cannot be added up"
            )
            fix = "write all values in one currency"
            yield Finding(manifest=other, severity=PAGE, field="spec.values.currency", problem=problem, fix=fix)
    if weighting.targets(tier for _, tier in tiers)[1]:
        problem = "no tier has customers with a residual value above 0, so all tiers would weigh the same"
        fix = "check customers and residualValue"
        yield Finding(manifest=manifest, severity=TICKET, field="spec.values.residualValue", problem=problem, fix=fix)


def _age(manifest: Manifest, tier: Tier, now: datetime) -> Iterator[Finding]:
    limit = timedelta(seconds=tier.max_age_seconds)
    if now - tier.values.as_of.astimezone(UTC) > limit:
        problem = f"the values are {duration.human(now - tier.values.as_of)} old, maxAge is {duration.render(limit)}"
        fix = "renew the values and their asOf, or raise spec.maxAge"
        yield Finding(manifest=manifest, severity=TICKET, field="spec.values.asOf", problem=problem, fix=fix)


def _slo(manifest: Manifest, slo: Slo, tiers: Sequence[Tier]) -> Iterator[Finding]:
    """Rendered as the operator would; without any tier among the manifests, names of tiers are not judged."""
    try:
        if tiers:
            budget.check(slo, tuple(tier.name for tier in sorted(tiers, key=lambda tier: tier.rank)))
        slo_group(slo, tiers or _named(slo))
    except InvalidSpec as error:
        yield invalid(manifest, error)


def _named(slo: Slo) -> list[Tier]:
    """Stand-ins for the tiers that an SLO names, of which the rules need names and ranks only."""
    values = TierValues(
        customers=0, currency="", residual_value=Interval(mean=0.0), as_of=datetime.min.replace(tzinfo=UTC)
    )
    names = [each.tier for each in slo.objectives if each.tier not in {ANY_TIER, UNKNOWN}]
    return [
        Tier(name=name, rank=rank, label_value=name, values=values, max_age_seconds=1.0)
        for rank, name in enumerate(names, 1)
    ]
