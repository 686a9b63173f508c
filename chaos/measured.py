"""How long webhooks took and when none was answered: measured on the way to the hosts."""

from collections.abc import Callable
from dataclasses import dataclass

from callcenter.clock import stopwatch
from callcenter.standin.transport import Answer, Request, Transport


@dataclass(frozen=True, slots=True)
class Sent:
    """One webhook: when it was sent and answered, by the stopwatch, and whether the answer was a good one."""

    sent_at: float
    answered_at: float
    status: int
    error: str
    path: str

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


class Measured:
    """A transport that notes each request which passes it."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.sent: list[Sent] = []

    def send(self, request: Request, done: Callable[[Answer], None]) -> None:
        """Send it on."""
        began = stopwatch()

        def noted(answer: Answer) -> None:
            path = request.url.partition("?")[0]
            self.sent.append(Sent(began, stopwatch(), answer.status, answer.error, path))
            done(answer)

        self._transport.send(request, noted)

    def close(self) -> None:
        """Send nothing more."""
        self._transport.close()


def longest_silence_s(sent: list[Sent], begins: float, ends: float) -> float:
    """The longest time in seconds, of which a part lies between two instants, in which webhooks were sent and none got
    a good answer. It begins with the sending of the first that got none."""
    longest, waits_since = 0.0, None
    events = sorted([(one.sent_at, False) for one in sent] + [(one.answered_at, True) for one in sent if one.is_good])
    for at, answered in events:
        if not answered:
            waits_since = at if waits_since is None else waits_since
        elif waits_since is not None:
            if at >= begins and waits_since <= ends:
                longest = max(longest, at - waits_since)
            waits_since = None
    return longest
