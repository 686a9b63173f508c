"""Runs checks side by side. One that fails or hangs is a finding of its own, and stops no other."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from callcenter.clock import stopwatch
from callcenter.doctor.findings import Finding, fault
from callcenter.errors import CallcenterError

# Twilio's and our own address are asked several times, 10 seconds each at most.
WITHIN_S = 45.0


@dataclass(frozen=True, slots=True)
class Check:
    """One check. find: gathers facts and judges them; needs: what it is about, for the mend when it fails."""

    name: str
    find: Callable[[], Iterable[Finding]]
    needs: str = "see the log of the service"


def run(checks: Sequence[Check], within_s: float = WITHIN_S) -> list[Finding]:
    """The findings of all checks, in their order. within_s: seconds that all of them together may take."""
    found: dict[str, list[Finding]] = {}
    until = stopwatch() + within_s
    # Threads, not processes: a check that hangs waits for a network. As daemons they do not keep the command alive.
    threads = [threading.Thread(target=_run, args=(check, found), daemon=True) for check in checks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - stopwatch()))
    return [finding for check in checks for finding in found.get(check.name) or [_hangs(check, within_s)]]


def _run(check: Check, found: dict[str, list[Finding]]) -> None:
    own: list[Finding] = []
    try:
        own.extend(check.find())
    except CallcenterError as error:
        own.append(fault(check.name, str(error), check.needs))
    except Exception as error:
        # Its message may hold an address with a password.
        own.append(fault(check.name, f"could not be checked ({type(error).__name__})", check.needs))
    found[check.name] = own


def _hangs(check: Check, within_s: float) -> Finding:
    return fault(check.name, f"gave no answer within {within_s:.0f} s", check.needs)
