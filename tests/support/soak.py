"""How long may a test of random input run? Short in `make test`, long in `make soak`."""

import os


def at_length(quick: int, soak: int) -> int:
    """`quick` in an ordinary run, `soak` under `make soak`, which runs the tests marked `soak` alone."""
    return soak if os.environ.get("CALLCENTER_SOAK") else quick
