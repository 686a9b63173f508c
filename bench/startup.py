"""Start-up time of the command line's help."""

import subprocess
import sys
from statistics import median
from time import perf_counter

_TIMES = 5


def help_s() -> float:
    """The median of five runs of `callcenter --help`, in seconds."""
    found = []
    for _ in range(_TIMES):
        began = perf_counter()
        subprocess.run(
            [sys.executable, "-c", "from callcenter.cli import main; main()", "--help"], capture_output=True, check=True
        )
        found.append(perf_counter() - began)
    return median(found)
