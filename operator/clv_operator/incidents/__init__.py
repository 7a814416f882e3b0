"""Alert intake, correlation, escalation, outbox."""
