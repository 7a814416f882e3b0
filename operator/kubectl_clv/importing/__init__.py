"""Objectives that were written for other tools, as TieredSLOs: what is carried, what changes, what is refused."""
