"""What the operator serves over HTTP: probes, metrics, and the doors that its rooms open."""
