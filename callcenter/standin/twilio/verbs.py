"""Interfaces between a TwiML verb and its surroundings.

A verb (`gather.py`, `record.py`, `dial.py`) sees the document that it belongs to as a `Playback`, and a `<Dial>` acts
on calls through `CallControl`. So verbs import neither the player nor the exchange, which import them.
"""

from collections.abc import Callable
from typing import Protocol

from callcenter.standin.twilio.calls import Call, Callbacks, CallPlayer
from callcenter.standin.twilio.documents import DocumentRequest
from callcenter.standin.twilio.platform import Platform


class Verb(Protocol):
    """A verb that is being executed."""

    def start(self) -> None: ...

    def key(self, key: str) -> None:
        """The person presses a key meanwhile."""

    def cut(self, gone: bool) -> bool:
        """Stop at once. gone: the person hung up; else REST replaced the document.

        Returns True when the verb's action is being requested.
        """


class Playback(CallPlayer, Protocol):
    """The document that is played to a call, as its verbs see it."""

    @property
    def platform(self) -> Platform: ...

    @property
    def call(self) -> Call: ...

    @property
    def url(self) -> str:
        """The document's own address, without fragment; empty when it came with a REST request."""

    def address(self, text: str) -> str | None:
        """An address in the document, made absolute; None when that is impossible, and the call then ends."""

    def proceed(self) -> None:
        """Execute the next verb."""

    def go(self, address: str, method: str, kind: str, extra: dict[str, str] | None = None) -> None:
        """Fetch and play the document at an address in this one; empty: this one again."""

    def fetch(self, request: DocumentRequest) -> None:
        """Fetch a document and play it instead of the present one."""

    def beside(
        self, call: Call, place: str, on_end: Callable[[], None], extra: dict[str, str] | None = None
    ) -> "Playback":
        """A second playback: to a dialled leg that is screened, or to a participant who waits in a conference."""


class CallControl(Protocol):
    """What a `<Dial>` does to calls. See `Exchange` for each."""

    def dial_leg(self, parent: Call, from_: str, to: str, callbacks: Callbacks, timeout_s: float) -> Call: ...

    def answer_inbound(self, call: Call) -> None: ...

    def hang_up(self, call: Call) -> None: ...

    def end(self, call: Call, status: str) -> None: ...
