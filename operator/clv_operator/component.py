"""What main.py starts: something that runs until it is cancelled. One that ends by itself ends the process."""

from __future__ import annotations

from typing import Protocol


class Component(Protocol):
    """A part of the operator, on every replica or on the leader alone.

    `run` works until it is cancelled; then it leaves nothing half done that another replica could not take up.
    Bad objects, queries and channels are its own to deal with; what escapes from it ends the process with code 1.
    """

    async def run(self) -> None:
        """Work until cancelled."""
