"""The kubectl plugin: `kubectl clv …`."""
