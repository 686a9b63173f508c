"""When a connection has taken too long: pure rules, in seconds of a monotonic counter."""

from collections.abc import Iterable
from dataclasses import dataclass

# For the headers and a small body together. Twilio sends both in one packet.
FIRST_S = 10.0
# A connection on which a request was answered may wait this long for the next. Browsers close theirs earlier.
IDLE_S = 75.0
# Half of the slowest ADSL's upload.
SLOWEST_BYTES_PER_S = 32 * 1024


@dataclass(frozen=True, slots=True)
class Transfer:
    """What a connection is doing, and since when.

    began: when the request's first byte came, when the answer was ready, or when the connection became idle.
    length: bytes of a body received until now, or of an answer when it was ready.
    """

    kind: str  # "new": nothing came yet; "idle": all was answered; "receiving"; "sending"
    began: float
    length: int = 0


def ends_at(transfer: Transfer) -> float:
    """When the connection is closed if it is still doing the same."""
    if transfer.kind == "idle":
        return transfer.began + IDLE_S
    return transfer.began + FIRST_S + transfer.length / SLOWEST_BYTES_PER_S


def is_over(transfer: Transfer, now: float) -> bool:
    """Whether the connection is to be closed."""
    return now >= ends_at(transfer)


def to_sacrifice(transfers: Iterable[tuple[int, Transfer]], count: int) -> list[int]:
    """Which connections to close when there are too many: the ones idle longest, then the slowest senders.

    transfers: an id and what that connection does. Answers under way are spared.
    """
    rank = {"idle": 0, "new": 1, "receiving": 2}
    candidates = [
        (rank[transfer.kind], transfer.began, number) for number, transfer in transfers if transfer.kind in rank
    ]
    return [number for _, _, number in sorted(candidates)[:count]]
