"""What does a call do now? Plays TwiML verb by verb in simulated time."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin

from callcenter.standin.twilio.calls import Call
from callcenter.standin.twilio.dial import DialConference, DialNumbers
from callcenter.standin.twilio.documents import Ask, ask_document
from callcenter.standin.twilio.gather import Gather
from callcenter.standin.twilio.record import Record
from callcenter.standin.twilio.sounds import Sound
from callcenter.standin.twilio.twiml import Document, Node, parse
from callcenter.standin.twilio.validate import Fault

if TYPE_CHECKING:
    from callcenter.standin.twilio.exchange import Exchange

_APOLOGY = "We are sorry, an application error has occurred. Goodbye."


class Activity(Protocol):
    """A verb under way."""

    def start(self) -> None: ...

    def key(self, key: str) -> None:
        """A key is pressed during it."""

    def cut(self, gone: bool) -> bool:
        """Stop at once: the person is gone, or REST replaced the document. True: its action is being asked."""


class Audible:
    """A `<Say>`, `<Play>` or `<Pause>` at the top of a document; keys do nothing."""

    def __init__(self, player: "Player", node: Node) -> None:
        self._player, self._node = player, node
        self._sound: Sound | None = None

    def start(self) -> None:
        player = self._player
        address = player.address(self._node.text) if self._node.name == "Play" else ""
        if address is not None:
            self._sound = player.exchange.sounds.start(player.call, self._node, address, player.proceed)

    def key(self, key: str) -> None:
        """Keys outside a `<Gather>` are lost."""

    def cut(self, gone: bool) -> bool:
        if self._sound is not None:
            self._sound.cut(self._player.exchange)
        return False


class Player:
    """Plays documents to one call. place: see `twiml.parse`; `on_end`: when a document has been played to its end.

    Without `on_end` the call is hung up then, as Twilio does. `extra`: parameters added to each request.
    """

    def __init__(
        self,
        exchange: "Exchange",
        call: Call,
        place: str = "call",
        on_end: Callable[[], None] | None = None,
        extra: dict[str, str] | None = None,
    ) -> None:
        self.exchange, self.call = exchange, call
        self.url, self.method = "", "POST"
        self._place, self._on_end, self._extra = place, on_end, extra or {}
        self._verbs: tuple[Node, ...] = ()
        self._next = 0
        self._activity: Activity | None = None
        self._turn = 0
        self._closed = False

    def another(
        self, call: Call, place: str, on_end: Callable[[], None], extra: dict[str, str] | None = None
    ) -> "Player":
        """A player beside this one: of a dialled leg's screening, or of the wait in a conference."""
        return Player(self.exchange, call, place, on_end, extra)

    # -- documents

    def ask(self, ask: Ask) -> None:
        """Fetch a document and play it instead of what is played now."""
        self._turn += 1
        turn = self._turn
        self._activity = None
        ask = Ask(ask.url, ask.method, ask.kind, self._place, {**self._extra, **(ask.extra or {})})

        def arrived(document: Document, url: str) -> None:
            if turn == self._turn and not self._closed:
                self.url, self.method = url.partition("#")[0], ask.method
                self._play(document)

        def failed() -> None:
            if turn == self._turn and not self._closed:
                self.apologise()

        ask_document(self.exchange, self.call, ask, arrived, failed)

    def play_text(self, text: str) -> None:
        """Play a document that came with a REST request. Addresses in it must be absolute."""
        self._turn += 1
        document = parse(text, self._place)
        if isinstance(document, Fault):
            self.exchange.alert(document.code, document.text, self.call.sid)
            self.apologise()
            return
        self.url = ""
        self._play(document)

    def _play(self, document: Document) -> None:
        call, verbs = self.call, document.verbs
        if call.direction == "inbound" and call.status == "ringing" and verbs and verbs[0].name == "Reject":
            busy = verbs[0].get("reason", "rejected") == "busy"
            self.exchange.end(call, "busy" if busy else "no-answer")
            return
        if not self._closed:
            self._verbs, self._next = verbs, 0
            self.proceed()

    def _take_call(self, node: Node | None) -> None:
        """Twilio picks up with the first verb; a `<Dial answerOnBridge>` leaves that to the one dialled."""
        call = self.call
        if call.direction == "inbound" and call.status == "ringing":
            waits = node is not None and node.name == "Dial" and node.flag("answerOnBridge", False)
            if not waits:
                self.exchange.answer_inbound(call)

    def apologise(self) -> None:
        """Nothing can be played: Twilio says so and hangs up."""
        call = self.call
        self._turn += 1
        self._activity = None
        if self._place == "wait":
            return
        if call.direction == "inbound" and call.status == "ringing":
            self.exchange.answer_inbound(call)
        self.exchange.hear(call, "error", _APOLOGY, 4.0)
        call.timers.append(self.exchange.world.call_later(4.0, lambda: self.exchange.end(call, "completed")))

    def address(self, text: str) -> str | None:
        """An address in the document, made absolute; None (and an apology) when that cannot be done."""
        if text.startswith(("http://", "https://")):
            return text
        if self.url:
            return urljoin(self.url, text)
        self.exchange.alert(15004, f"relative address {text!r} in TwiML without one of its own", self.call.sid)
        self.apologise()
        return None

    # -- verbs

    def proceed(self) -> None:
        """Go on with the next verb."""
        self._activity = None
        if self._closed:
            return
        node = self._verbs[self._next] if self._next < len(self._verbs) else None
        self._take_call(node)
        if node is None:
            self._finish()
            return
        self._next += 1
        if node.name == "Redirect":
            self.go(node.text, node.get("method", "POST"), "document")
        elif node.name == "Hangup":
            self.exchange.end(self.call, "completed")
        elif node.name == "Reject":
            self.exchange.alert(13810, "<Reject> must be the first verb", self.call.sid, self.url)
            self.exchange.end(self.call, "completed")
        else:
            self._activity = activity = self._make(node)
            activity.start()

    def _make(self, node: Node) -> Activity:
        if node.name == "Gather":
            return Gather(self, node)
        if node.name == "Record":
            return Record(self, node)
        if node.name == "Dial":
            if node.children and node.children[0].name == "Conference":
                return DialConference(self, node)
            return DialNumbers(self, node)
        return Audible(self, node)

    def go(self, address: str, method: str, kind: str, extra: dict[str, str] | None = None) -> None:
        """Ask the document at an address of the present one; empty: the present one again."""
        url = self.address(address) if address else self.url
        if url:
            self.ask(Ask(url, method, kind, extra=extra))
        elif url == "":
            self.exchange.alert(15004, "no address to go on with", self.call.sid)
            self.apologise()

    def _finish(self) -> None:
        if self._on_end is not None:
            self._on_end()
        else:
            self.exchange.end(self.call, "completed")

    # -- from outside

    @property
    def activity(self) -> Activity | None:
        """The verb under way; None while a document is being fetched."""
        return self._activity

    def key(self, key: str) -> None:
        """The person presses a key; outside a verb that listens it is lost."""
        if self._activity is not None:
            self._activity.key(key)

    def close(self) -> None:
        """The call is over, or somebody else speaks to it from now on."""
        if self._closed:
            return
        self._closed = True
        self._turn += 1
        if self._activity is not None:
            self._activity.cut(gone=True)
            self._activity = None

    def replace(self, url: str, method: str, twiml: str) -> None:
        """REST gives the call another document. An interrupted `<Dial>` has its action asked first."""
        self._turn += 1
        turn = self._turn
        asked = self._activity.cut(gone=False) if self._activity is not None else False
        self._activity = None

        def change() -> None:
            if turn != self._turn or self._closed:
                return
            if twiml:
                self.play_text(twiml)
            else:
                self.ask(Ask(url, method))

        delay_s = self.exchange.timing.replace_s if asked else 0.0
        self.call.timers.append(self.exchange.world.call_later(delay_s, change))
