"""What a check of the installation found, how bad it is, and how to mend it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """How bad a finding is. WARNING: it will be a fault, or it may be meant. FAULT: calls or promises suffer."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


_ORDER = list(Level)


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. text: what is so, in words; mend: the command to run or the place to look, None when it is ok.

    Neither holds a secret, nor the number of a caller.
    """

    check: str
    level: Level
    text: str
    mend: str | None = None


def ok(check: str, text: str) -> Finding:
    """Nothing is wrong."""
    return Finding(check, Level.OK, text)


def warning(check: str, text: str, mend: str) -> Finding:
    """It will go wrong, or it may be meant."""
    return Finding(check, Level.WARNING, text, mend)


def fault(check: str, text: str, mend: str) -> Finding:
    """It is wrong."""
    return Finding(check, Level.FAULT, text, mend)


def worst(findings: Iterable[Finding]) -> Level:
    """The worst level of these findings."""
    return max((finding.level for finding in findings), key=_ORDER.index, default=Level.OK)


def exit_status(findings: Iterable[Finding], *, strict: bool) -> int:
    """0 when all is well, 1 with a fault. strict: a warning counts as one."""
    level = worst(findings)
    return int(level is Level.FAULT or (strict and level is Level.WARNING))


def as_json(findings: Iterable[Finding]) -> Mapping[str, Any]:
    """For monitoring: the worst level, and each finding."""
    every = list(findings)
    return {
        "status": str(worst(every)),
        "findings": [
            {"check": one.check, "level": str(one.level), "text": one.text, "mend": one.mend} for one in every
        ],
    }


def as_line(finding: Finding) -> str:
    """One line for a terminal."""
    head = "ok     " if finding.level is Level.OK else f"{finding.level.upper():<7}"
    mend = f": {finding.mend}" if finding.mend else ""
    return f"{head} {finding.check}: {finding.text}{mend}"
