"""The result of an import, as an operator reads it: counts, refused lines and the refusal of a whole file."""

from collections.abc import Iterable
from dataclasses import dataclass

from callcenter.errors import CallcenterError


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing in a file that was not imported, and why. line: counted from 1, the header included."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """The counts of an import. Unchanged rows are `read - added - changed`.

    gone: records that came from this kind of file, are no longer in it and were marked as gone.
    """

    read: int = 0
    added: int = 0
    changed: int = 0
    gone: int = 0
    refused: tuple[Refusal, ...] = ()

    def __add__(self, other: "ImportReport") -> "ImportReport":
        return ImportReport(
            self.read + other.read,
            self.added + other.added,
            self.changed + other.changed,
            self.gone + other.gone,
            self.refused + other.refused,
        )

    def summary(self) -> str:
        """The one line of counts."""
        return (
            f"read {self.read}, added {self.added}, changed {self.changed}, gone {self.gone}, "
            f"refused {len(self.refused)}"
        )


class FileRefused(CallcenterError):
    """A file is broken and nothing of it was imported. The message has one line for each fault."""

    def __init__(self, faults: Iterable[Refusal]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))
