"""A condition as a value: what is observed, why in one word, why for people and what mends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

LONGEST = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """holds: None is Unknown. reason: CamelCase. message: what happened, to what, and the mend."""

    type: str
    holds: bool | None
    reason: str
    message: str

    def to_dict(self, generation: int) -> dict[str, Any]:
        """As in a status; the status writer adds the time of the last transition."""
        status = "Unknown" if self.holds is None else str(self.holds)
        message = self.message if len(self.message) <= LONGEST else f"{self.message[: LONGEST - 1]}…"
        return {
            "type": self.type,
            "status": status,
            "observedGeneration": generation,
            "reason": self.reason,
            "message": message,
        }
