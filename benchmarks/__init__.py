"""What our claims of speed rest on: `python -m benchmarks` measures, prints a table, writes build/bench.json.

One module a claim in `benchmarks/claims/`, with a function `measure() -> Sequence[Figure]`; it is found by itself.
Rules: subject and peer in one run, interleaved, at least five rounds, ratio of medians; CPU time and counts rather than
wall time; a round beside which others kept the host busy is marked, because its wall times say little.
"""
