"""The number of random examples: few in `make test`, many in `make soak`."""

import os


def at_length(quick: int, soak: int) -> int:
    """`quick` in an ordinary run; `soak` under `make soak`, which runs only the tests marked `soak`."""
    return soak if os.environ.get("CALLCENTER_SOAK") else quick
