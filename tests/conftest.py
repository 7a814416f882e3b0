"""Every test of the project may take the real components from here; see devstack/README.md."""

import os
import signal

from hypothesis import settings

pytest_plugins = ["pytester", "devstack.testing.needs", "devstack.testing.fixtures"]

# Hosts are shared, so no deadlines; `make fuzz` looks at length and each time elsewhere, the suite at the same examples.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.register_profile("fuzz", deadline=None, max_examples=5_000)
settings.load_profile("fuzz" if os.environ.get("CLV_FUZZ") == "1" else "suite")

# A shell's background job inherits an ignored SIGINT, and so would every program that a test interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
