"""The process in the cluster: all input and output of clv-sre."""
