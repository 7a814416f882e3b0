"""What devstack raises on purpose: each says what to do about it."""

from __future__ import annotations


class DevstackError(Exception):
    """Everything that devstack raises on purpose."""


class ComponentMissing(DevstackError):
    """A binary that could not be had. component: its name; remedy: what the user can do, in the imperative."""

    def __init__(self, *, component: str, problem: str, remedy: str) -> None:
        super().__init__(f"{component} {problem}: {remedy}")
        self.component = component
        self.problem = problem
        self.remedy = remedy


class BuildFailed(DevstackError):
    """The Go build or the download of a component ended with an error; the text has the end of its output."""


class StartFailed(DevstackError):
    """A component did not become ready; the text has the end of its log."""


class PortTaken(StartFailed):
    """Somebody else bound the chosen port first; starting again with another one is safe."""
