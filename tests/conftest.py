"""Every test of the project may take the real components from here; see devstack/README.md."""

pytest_plugins = ["pytester", "devstack.testing.needs", "devstack.testing.fixtures"]
