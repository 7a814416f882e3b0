"""What the leader remembers of an incident, and the buckets that are still to be counted into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from clv_operator.api.revenueincident import RevenueIncident
from clv_operator.incidents.figures import Figures, Shown
from clv_operator.incidents.meter import Meter
from clv_operator.incidents.situation import started_at
from clv_operator.incidents.world import Service, World
from sloengine.errors import QueryError
from sloengine.incidents.accrual import Loss, counted, spans
from sloengine.incidents.advance import State
from sloengine.incidents.outbox import State as EntryState

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Kept:
    """As it was last written. shown: figures in the status. last: figures of the last look.

    problems: by channel, why it fails now. finished: its last bucket was counted.
    """

    uid: str
    service: str
    state: State
    loss: Loss
    opened_at: datetime
    baselines: Mapping[str, float] | None = None
    shown: Shown = field(default_factory=Shown)
    last: Figures | None = None
    problems: dict[str, str] = field(default_factory=dict)
    finished: bool = False
    look_at: float = 0.0
    """When to look again though nothing changed, on the monotonic clock."""

    @property
    def pending(self) -> bool:
        return any(item.state is EntryState.PENDING for item in self.state.outbox.entries)

    def seconds_until_due(self, now: datetime, *, at_most: float) -> float:
        """Until the next step, or the next try of a message; never negative."""
        moments = [item.due for item in self.state.outbox.entries if item.state is EntryState.PENDING]
        if self.state.next_step_at is not None:
            moments.append(self.state.next_step_at)
        return min([at_most, *(max(0.0, (moment - now).total_seconds()) for moment in moments)])


class Counter:
    def __init__(self, *, meter: Meter, world: World) -> None:
        self._meter = meter
        self._world = world

    async def counted(
        self, kept: Kept, incident: RevenueIncident, service: Service, *, now: datetime
    ) -> tuple[Loss, bool]:
        """The loss with every complete bucket up to now, and whether nothing is left to count.

        What Prometheus cannot say now is counted later: nothing is lost, and nothing is guessed.
        """
        alerts = incident.status.alerts
        if alerts is None:
            return kept.loss, False
        ended_at = alerts.quiet_since
        ended = ended_at is not None
        if not service.slos:
            return kept.loss, ended
        since, names = started_at(incident), self._world.names()
        try:
            if kept.baselines is None:
                kept.baselines = await self._meter.baselines(service, names, before=since)
            missed = list(spans(kept.loss.until or since, ended_at or now, ended=ended))
            if not missed:
                return kept.loss, ended
            sheets = await self._meter.past([service], names, missed)
        except QueryError as error:
            log.warning("Failed to read missed buckets", incident=incident.metadata.name, error=str(error))
            return kept.loss, False
        loss = kept.loss
        for span in missed:
            readings = sheets[span.end].readings_of(service) if span.end in sheets else {}
            loss = counted(loss, span, readings, service.stakes, baselines=kept.baselines)
        return loss, ended
