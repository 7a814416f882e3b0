"""Incidents as values: identity, ledger, phases, revenue at risk, severity, escalation, outbox and summary."""
