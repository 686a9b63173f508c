"""Runs it: `python -m chaos [--calls N] [--seed N]`. Prints each fault as it strikes, then what was survived."""

import argparse
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from chaos.crowd import Crowd
from chaos.plan import draw
from chaos.report import table
from chaos.run import Options, run

# Callers in a second: what two hosts and the stand-in carry on two cores with room to spare.
_CALLS_PER_S = 4.0


def main() -> int:
    """Returns exit status 0 when nothing was lost or doubled, else 1."""
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("--calls", type=int, default=5000, help="how many callers; 5000 take about 25 minutes")
    parser.add_argument("--seed", type=int, default=1, help="the same seed: the same callers, and the same faults")
    parser.add_argument("--per-second", type=float, default=_CALLS_PER_S, help="how many ring in a second")
    parser.add_argument("--every", type=float, default=4.0, help="seconds from one fault to the next, on average")
    parser.add_argument("--longest", type=float, default=12.0, help="how many seconds a fault lasts at most")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # like Ctrl-C: everything is stopped
    seconds = chosen.calls / chosen.per_second
    faults = draw(chosen.seed, seconds, chosen.every, chosen.longest)
    work = Path(tempfile.mkdtemp(prefix="callcenter-chaos-"))
    began = perf_counter()
    options = Options(Crowd(chosen.calls, seconds), chosen.seed, faults)
    found = run(options, work, lambda line: print(f"{perf_counter() - began:7.1f} s  {line}", flush=True))
    print()
    print(table(found))
    print(f"\n{perf_counter() - began:.0f} s with seed {chosen.seed}")
    if found.breaches:
        print(f"{len(found.breaches)} breaches; logs, database and Twilio's events are in {work}:", file=sys.stderr)
        print("\n".join(found.breaches), file=sys.stderr)
        return 1
    shutil.rmtree(work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
