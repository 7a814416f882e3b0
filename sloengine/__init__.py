"""The domain of clv-sre: numbers in, decisions out. No I/O, no Kubernetes, no clock, no globals."""
