"""Memory of a worker after many requests, read from its process."""

from pathlib import Path

from bench.calls import Bench


def memory_mib(pid: int) -> float:
    """The proportional set size of a process, in MiB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def growth(bench: Bench, requests: int) -> list[tuple[int, float]]:
    """Requests answered so far and the worker's memory in MiB, ten times until `requests` incoming calls."""
    (pid,) = bench.product.workers()
    answered, found = 0, []
    while answered < requests:
        answered += bench.load_product(seconds=10)
        found.append((answered, memory_mib(pid)))
    return found
