"""The tick: snapshot, queries, sloengine, desired status."""
