"""How long does it take to start? The help of the command line; `serve` tells its own time elsewhere."""

import subprocess
import sys
from statistics import median
from time import perf_counter

_TIMES = 5


def help_s() -> float:
    """Seconds of `callcenter --help`, the median of five."""
    found = []
    for _ in range(_TIMES):
        began = perf_counter()
        subprocess.run(
            [sys.executable, "-c", "from callcenter.cli import main; main()", "--help"], capture_output=True, check=True
        )
        found.append(perf_counter() - began)
    return median(found)
