"""What an installation says about rules that no single object does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSettings:
    """runbook_base_url: where `<Alert>.md` of our runbooks/ is served; without a slash at the end."""

    runbook_base_url: str = "https://clvsre.io/runbooks"

    def runbook_url(self, alert: str) -> str:
        return f"{self.runbook_base_url.rstrip('/')}/{alert}.md"
