"""The channels that people are told through."""
