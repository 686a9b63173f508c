"""Which promises does the product not keep yet? What waits for the hunt's patience; empty when all of it is built."""

# Invariants of `tests/support/in_turn.py` that are not asked of every journey yet, by the name of their function.
INVARIANTS: frozenset[str] = frozenset({"torn_talks", "given_up", "out_of_turn", "closed_unheard", "turned_away"})
# What the random calls of `tests/support/random_calls.py` do not draw yet: `rota_loads`, `presence`, `latencies`,
# `shown_as`, `lines`.
DRAWS: frozenset[str] = frozenset({"rota_loads", "shown_as", "lines"})
