"""One module a claim, each with `measure()`."""
