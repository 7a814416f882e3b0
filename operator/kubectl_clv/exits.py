"""What the exit code says; scripts decide on it, so the numbers never change their meaning."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    DONE = 0
    """Yes, done, healthy."""
    ERROR = 1
    USAGE = 2
    WAIT = 3
    """Wait, slow, findings of severity ticket."""
    NO = 4
    """Freeze, rollback, invalid, findings of severity page."""
    UNKNOWN = 5
    """No data, stale, nobody to ask."""


EXIT_CODES = (
    "Exit codes: 0 yes, done, healthy; 1 error; 2 wrong usage; 3 wait, or findings of severity ticket; "
    "4 no, invalid, or findings of severity page; 5 unknown: no data, or nobody to ask."
)
"""For the help of the verbs that scripts use."""
