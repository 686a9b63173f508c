"""The player: fetches the documents of a call and executes their verbs one by one, in the world's time."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin

from callcenter.standin.twilio.calls import Call
from callcenter.standin.twilio.conference import Conferences
from callcenter.standin.twilio.dial import DialConference, DialNumbers
from callcenter.standin.twilio.documents import DocumentRequest, fetch_document
from callcenter.standin.twilio.gather import Gather
from callcenter.standin.twilio.platform import Platform
from callcenter.standin.twilio.record import Record
from callcenter.standin.twilio.recordings import Recordings
from callcenter.standin.twilio.sounds import Sound, Sounds
from callcenter.standin.twilio.talks import Talks
from callcenter.standin.twilio.twiml import Document, Node, parse
from callcenter.standin.twilio.validate import Problem
from callcenter.standin.twilio.verbs import CallControl, Playback, Verb

_APOLOGY = "We are sorry, an application error has occurred. Goodbye."


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the exchange that a player hands to the verbs that use them."""

    platform: Platform
    sounds: Sounds
    recordings: Recordings
    conferences: Conferences
    talks: Talks
    calls: CallControl


class Audible:
    """A `<Say>`, `<Play>` or `<Pause>` outside a `<Gather>`."""

    def __init__(self, playback: Playback, node: Node, sounds: Sounds) -> None:
        self._playback, self._node, self._sounds = playback, node, sounds
        self._sound: Sound | None = None

    def start(self) -> None:
        playback = self._playback
        address = playback.address(self._node.text) if self._node.name == "Play" else ""
        if address is not None:
            self._sound = self._sounds.start(playback.call, self._node, address, playback.proceed)

    def key(self, key: str) -> None:
        """Ignored, as every key outside a `<Gather>`."""

    def cut(self, gone: bool) -> bool:
        if self._sound is not None:
            self._sound.cut(self._playback.platform.now())
        return False


class Player:
    """Plays documents to one call.

    place: see `twiml.parse`. on_end: called at the end of a document; without it the call then ends, as at Twilio.
    extra: parameters to add to each request.
    """

    def __init__(
        self,
        parts: Parts,
        call: Call,
        place: str = "call",
        on_end: Callable[[], None] | None = None,
        extra: dict[str, str] | None = None,
    ) -> None:
        self.platform, self.call = parts.platform, call
        self._parts, self._calls = parts, parts.calls
        self.url = ""
        self._place, self._on_end, self._extra = place, on_end, extra or {}
        self._verbs: tuple[Node, ...] = ()
        self._next = 0
        self._verb: Verb | None = None
        self._turn = 0  # changes with each document; an answer or timer of an earlier turn is ignored
        self._closed = False

    def beside(
        self, call: Call, place: str, on_end: Callable[[], None], extra: dict[str, str] | None = None
    ) -> "Player":
        """A second player: for a dialled leg that is screened, or for a participant who waits in a conference."""
        return Player(self._parts, call, place, on_end, extra)

    # -- documents

    def fetch(self, request: DocumentRequest) -> None:
        """Fetch a document and play it instead of the present one."""
        self._turn += 1
        turn = self._turn
        self._verb = None
        extra = {**self._extra, **(request.extra or {})}
        request = DocumentRequest(request.url, request.method, request.kind, self._place, extra)

        def arrived(document: Document, url: str) -> None:
            if turn == self._turn and not self._closed:
                self.url = url.partition("#")[0]
                self._play(document)

        def failed() -> None:
            if turn == self._turn and not self._closed:
                self.apologise()

        fetch_document(self.platform, self.call, request, arrived, failed)

    def play_text(self, text: str) -> None:
        """Play a document that came with a REST request. Addresses in it must be absolute."""
        self._turn += 1
        document = parse(text, self._place)
        if isinstance(document, Problem):
            self.platform.alert(document.code, document.text, self.call.sid)
            self.apologise()
            return
        self.url = ""
        self._play(document)

    def _play(self, document: Document) -> None:
        call, verbs = self.call, document.verbs
        if call.direction == "inbound" and call.status == "ringing" and verbs and verbs[0].name == "Reject":
            busy = verbs[0].get("reason", "rejected") == "busy"
            self._calls.end(call, "busy" if busy else "no-answer")
            return
        if not self._closed:
            self._verbs, self._next = verbs, 0
            self.proceed()

    def _answer_call(self, node: Node | None) -> None:
        """Answer an inbound call at its first verb. A `<Dial answerOnBridge>` does that itself, when it connects."""
        call = self.call
        if call.direction == "inbound" and call.status == "ringing":
            waits = node is not None and node.name == "Dial" and node.flag("answerOnBridge", False)
            if not waits:
                self._calls.answer_inbound(call)

    def apologise(self) -> None:
        """Say that the document cannot be played, and hang up, as Twilio does."""
        call = self.call
        self._turn += 1
        self._verb = None
        if self._place == "wait":
            return
        if call.direction == "inbound" and call.status == "ringing":
            self._calls.answer_inbound(call)
        self.platform.hear(call, "error", _APOLOGY, 4.0)
        call.timers.append(self.platform.world.call_later(4.0, lambda: self._calls.end(call, "completed")))

    def address(self, text: str) -> str | None:
        """An address in the document, made absolute; None, after an apology, when that is impossible."""
        if text.startswith(("http://", "https://")):
            return text
        if self.url:
            return urljoin(self.url, text)
        self.platform.alert(15004, f"relative address {text!r} in TwiML without one of its own", self.call.sid)
        self.apologise()
        return None

    # -- verbs

    def proceed(self) -> None:
        """Execute the next verb."""
        self._verb = None
        if self._closed:
            return
        node = self._verbs[self._next] if self._next < len(self._verbs) else None
        self._answer_call(node)
        if node is None:
            self._finish()
            return
        self._next += 1
        if node.name == "Redirect":
            self.go(node.text, node.get("method", "POST"), "document")
        elif node.name == "Hangup":
            self._calls.end(self.call, "completed")
        elif node.name == "Reject":
            self.platform.alert(13810, "<Reject> must be the first verb", self.call.sid, self.url)
            self._calls.end(self.call, "completed")
        else:
            self._verb = verb = self._make(node)
            verb.start()

    def _make(self, node: Node) -> Verb:
        parts = self._parts
        if node.name == "Gather":
            return Gather(self, node, parts.sounds)
        if node.name == "Record":
            return Record(self, node, parts.recordings, parts.calls)
        if node.name == "Dial":
            if node.children and node.children[0].name == "Conference":
                return DialConference(self, node, parts.talks, parts.conferences)
            return DialNumbers(self, node, parts.talks, parts.calls)
        return Audible(self, node, parts.sounds)

    def go(self, address: str, method: str, kind: str, extra: dict[str, str] | None = None) -> None:
        """Fetch and play the document at an address in the present one; empty: the present one again."""
        url = self.address(address) if address else self.url
        if url:
            self.fetch(DocumentRequest(url, method, kind, extra=extra))
        elif url == "":
            self.platform.alert(15004, "no address to go on with", self.call.sid)
            self.apologise()

    def _finish(self) -> None:
        if self._on_end is not None:
            self._on_end()
        else:
            self._calls.end(self.call, "completed")

    # -- from outside

    def key(self, key: str) -> None:
        """The person presses a key. It is ignored unless a verb listens."""
        if self._verb is not None:
            self._verb.key(key)

    def close(self) -> None:
        """Play nothing more: the call has ended, or another player takes over."""
        if self._closed:
            return
        self._closed = True
        self._turn += 1
        if self._verb is not None:
            self._verb.cut(gone=True)
            self._verb = None

    def replace(self, url: str, method: str, twiml: str) -> None:
        """Play another document, on behalf of REST. The action of an interrupted `<Dial>` is requested first.

        twiml: the document itself; when it is empty, the one at `url`.
        """
        self._turn += 1
        turn = self._turn
        action_follows = self._verb.cut(gone=False) if self._verb is not None else False
        self._verb = None

        def change() -> None:
            if turn != self._turn or self._closed:
                return
            if twiml:
                self.play_text(twiml)
            else:
                self.fetch(DocumentRequest(url, method))

        delay_s = self.platform.timing.replace_s if action_follows else 0.0
        self.call.timers.append(self.platform.world.call_later(delay_s, change))
