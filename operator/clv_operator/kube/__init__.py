"""The only importer of kopf and kubernetes in the operator: watch, store, writers, lease, events."""
