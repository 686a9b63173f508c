"""Which calls exist, and what becomes of each? The telephone exchange: lines, calls, legs, statuses, events."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from callcenter.standin.log import Alert, Heard, Ring, Torn
from callcenter.standin.transport import Answer
from callcenter.standin.twilio.calls import FINAL, Call, Callbacks, Direction, Line, Person, rfc2822
from callcenter.standin.twilio.conference import Conferences
from callcenter.standin.twilio.documents import Ask
from callcenter.standin.twilio.messages import Messages
from callcenter.standin.twilio.player import Player
from callcenter.standin.twilio.recordings import Recordings
from callcenter.standin.twilio.sounds import Sounds
from callcenter.standin.twilio.timing import Timing
from callcenter.standin.twilio.webhooks import Letter, Postman
from callcenter.standin.world import World


class Exchange:
    """Twilio's telephone side. Persons act by `pick_up`, `refuse`, `press` and `hang_up`; REST creates calls.

    calls_per_second: how fast calls created by REST may start (Twilio's default is 1); None: no limit.
    keep_log: note down per call what was heard and asked (costs memory in long runs).
    """

    def __init__(
        self,
        world: World,
        postman: Postman,
        find_person: Callable[[str], Person],
        *,
        timing: Timing,
        account_sid: str,
        api_base_url: str = "https://api.twilio.com",
        calls_per_second: float | None = None,
        keep_log: bool = True,
        seed: int = 0,
    ) -> None:
        self.world, self.postman, self.timing = world, postman, timing
        self.account_sid, self.api_base_url = account_sid, api_base_url.rstrip("/")
        self.keep_log = keep_log
        self.calls_per_second = calls_per_second
        self.lines: dict[str, Line] = {}
        self.calls: dict[str, Call] = {}
        self.live: dict[str, Call] = {}
        self.rings: list[Ring] = []
        self.alerts: list[Alert] = []
        self.torn: list[Torn] = []
        self.conferences = Conferences(self)
        self.recordings = Recordings(self)
        self.sounds = Sounds(self)
        self.messages = Messages(self, find_person)
        self._find_person = find_person
        self._random = Random(seed)
        self._next_start: datetime | None = None

    # -- bookkeeping

    def new_sid(self, prefix: str) -> str:
        """A fresh SID of 34 characters, from the seed."""
        return f"{prefix}{self._random.getrandbits(128):032x}"

    def now(self) -> datetime:
        return self.world.now()

    def has_live_calls(self) -> bool:
        return bool(self.live)

    def alert(self, code: int, text: str, call_sid: str = "", url: str = "") -> None:
        """Note an error as Twilio's debugger would."""
        self.alerts.append(Alert(self.now(), code, text, call_sid, url))

    def post(self, letter: Letter, done: Callable[[Answer], None], call: Call | None = None) -> None:
        """Send a webhook, noted with its call when the log is kept."""
        if self.keep_log and call is not None:
            letter.log = call.webhooks
        self.postman.send(letter, done)

    def add_line(self, number: str, voice_url: str = "", **settings: Any) -> Line:
        """An own number with its settings (fields of `Line`)."""
        line = Line(self.new_sid("PN"), number, voice_url, **settings)
        self.lines[number] = line
        return line

    def hear(self, call: Call, what: str, text: str, seconds: float | None) -> Heard:
        """Note what is heard from now on; None: until it is cut off. The person is told as well."""
        now = self.now()
        heard = Heard(what, text, now, now + timedelta(seconds=86_400 if seconds is None else seconds))
        if self.keep_log:
            call.heard.append(heard)
        call.person.hears(call, what, text)
        return heard

    # -- calls from outside

    def dial_in(
        self,
        from_: str,
        to: str,
        person: Person,
        forwarded_from: str = "",
        caller_name: str = "",
    ) -> Call:
        """Somebody dials an own number. The number's voice address is asked with CallStatus=ringing."""
        line = self.lines.get(to)
        call = self._new_call("inbound", from_, to, person, Callbacks())
        call.line, call.forwarded_from, call.caller_name = line, forwarded_from, caller_name
        call.initiated_at = self.now()
        self.world.call_later(0, lambda: self._reach_line(call))
        return call

    def _reach_line(self, call: Call) -> None:
        line = call.line
        if not call.is_live:
            return
        if line is None or not line.asks_voice_url:
            self.end(call, "failed")
            return
        call.status = "ringing"
        self.hear(call, "ringback", "", None)
        call.player = Player(self, call)
        call.player.ask(Ask(line.voice_url, line.voice_method, "voice"))

    def _new_call(self, direction: Direction, from_: str, to: str, person: Person, callbacks: Callbacks) -> Call:
        sid = self.new_sid("CA")
        call = Call(sid, self.account_sid, direction, from_, to, "queued", self.now(), person, callbacks)
        self.calls[call.sid] = self.live[call.sid] = call
        return call

    def answer_inbound(self, call: Call) -> None:
        """Twilio takes an inbound call: its first document is there."""
        self._cut_heard(call)
        call.status, call.answered_at = "in-progress", self.now()
        call.person.answered(call)

    # -- calls to outside

    def create(self, from_: str, to: str, callbacks: Callbacks, timeout_s: float = 60.0) -> Call:
        """A call created by REST: queued now, started as the rate allows."""
        call = self._new_call("outbound-api", from_, to, self._find_person(to), callbacks)
        call.timeout_s = timeout_s
        call.line = self.lines.get(from_)
        start = self.now() + timedelta(seconds=self.timing.start_s)
        if self.calls_per_second:
            start = max(start, self._next_start or start)
            self._next_start = start + timedelta(seconds=1 / self.calls_per_second)
            call.queue_s = (start - self.now()).total_seconds()
        call.timers.append(self.world.call_at(start, lambda: self._initiate(call)))
        return call

    def dial_leg(self, parent: Call, from_: str, to: str, callbacks: Callbacks, timeout_s: float) -> Call:
        """A leg of a `<Dial>`: starts at once, without a rate."""
        call = self._new_call("outbound-dial", from_, to, self._find_person(to), callbacks)
        call.parent, call.timeout_s = parent, timeout_s
        call.timers.append(self.world.call_later(0.05, lambda: self._initiate(call)))
        return call

    def _initiate(self, call: Call) -> None:
        if not call.is_live:
            return
        call.status, call.initiated_at = "initiated", self.now()
        self._tell_status(call, "initiated")
        call.timers.append(self.world.call_later(self.timing.ring_s, lambda: self._ring(call)))

    def _ring(self, call: Call) -> None:
        if not call.is_live:
            return
        refused = call.person.offered(call)
        if refused:
            self.end(call, refused)
            return
        call.status = "ringing"
        call.ring = Ring(call.to, call.sid, self.now())
        self.rings.append(call.ring)
        self._tell_status(call, "ringing")
        left_s = max(0.0, call.timeout_s - self.timing.ring_s)
        call.timers.append(self.world.call_later(left_s, lambda: self._time_out(call)))
        call.person.rings(call)

    def _time_out(self, call: Call) -> None:
        if call.status == "ringing":
            self.end(call, "no-answer")

    # -- what persons do

    def pick_up(self, call: Call) -> None:
        """The telephone is picked up, by a person or a mailbox. Nothing when it does not ring any more."""
        if call.status != "ringing" or call.direction == "inbound":
            return
        call.status, call.answered_at = "in-progress", self.now()
        self._stop_ring(call)
        self._tell_status(call, "answered")
        if call.callbacks.time_limit_s is not None:
            limit_s = call.callbacks.time_limit_s
            call.timers.append(self.world.call_later(limit_s, lambda: self.end(call, "completed")))
        call.person.answered(call)
        if call.dial is not None:
            call.dial.picked_up(call)
            return
        call.player = Player(self, call)
        if call.callbacks.twiml:
            call.player.play_text(call.callbacks.twiml)
        else:
            call.player.ask(Ask(call.callbacks.url, call.callbacks.method, "leg"))

    def refuse(self, call: Call, status: str = "busy") -> None:
        """The ringing telephone is declined, or gives up by itself."""
        if call.status == "ringing" and call.direction != "inbound":
            self.end(call, status)

    def press(self, call: Call, keys: str) -> None:
        """Keys are pressed one after the other."""
        for n, key in enumerate(keys):
            if n == 0:
                self._press_one(call, key)
            else:
                self.world.call_later(n * self.timing.key_s, partial(self._press_one, call, key))

    def _press_one(self, call: Call, key: str) -> None:
        if call.status == "in-progress" and call.player is not None:
            call.player.key(key)

    def hang_up(self, call: Call) -> None:
        """The person at the other end hangs up."""
        call.hung_up_by_person = call.hung_up_by_person or call.is_live
        self.end(call, "completed" if call.answered_at else "no-answer")

    # -- what REST does

    def redirect(self, call: Call, url: str, method: str, twiml: str) -> None:
        """Another document for a call that is played one."""
        assert call.player is not None
        self._note_torn(call, "redirect")
        call.player.replace(url, method, twiml)

    def _note_torn(self, call: Call, how: str) -> None:
        if call.talking:  # nobody else is on the line: then it would not be talking
            call.torn = Torn(self.now(), call.sid, how)
            self.torn.append(call.torn)

    def cancel(self, call: Call) -> None:
        """Status=canceled: only a call that is not answered yet."""
        if call.answered_at is None:
            self.end(call, "canceled")

    def complete(self, call: Call) -> None:
        """Status=completed: hang up, whatever the stage."""
        self._note_torn(call, "completed")
        self.end(call, "completed" if call.answered_at else "canceled")

    # -- the end

    def end(self, call: Call, status: str) -> None:
        """A call is over; what is still owed to the product is sent. Nothing when it was over already."""
        if call.ended_at is not None:
            return
        assert status in FINAL
        call.ended_at, call.status = self.now(), status
        del self.live[call.sid]
        for timer in call.timers:
            timer.cancel()
        call.timers.clear()
        self._stop_ring(call)
        self.stop_talk(call)
        self._cut_heard(call)
        if call.player is not None:
            call.player.close()
        if call.dial is not None:
            call.dial.leg_ended(call)
        call.person.ended(call)
        self._tell_status(call, "completed")
        for fn in call.at_end:
            fn(call)

    def _stop_ring(self, call: Call) -> None:
        if call.ring is not None and call.ring.end is None:
            call.ring.end = self.now()

    def _cut_heard(self, call: Call) -> None:
        now = self.now()
        for heard in call.heard:
            heard.until = min(heard.until, now)

    # -- talks

    def start_talk(self, call: Call) -> None:
        """Two people can hear each other from now on."""
        if call.talking or not call.is_live:
            return
        call.talking, call.talk_since = True, self.now()
        if call.torn is not None and call.torn.mended_at is None:
            call.torn.mended_at = call.talk_since
        call.first_talk_at = call.first_talk_at or call.talk_since
        call.talk_heard = self.hear(call, "talk", "", None)
        call.person.connected(call)

    def stop_talk(self, call: Call) -> None:
        """The other side is gone."""
        if not call.talking or call.talk_since is None:
            return
        call.talking = False
        call.talk_s += (self.now() - call.talk_since).total_seconds()
        if call.talk_heard is not None:
            call.talk_heard.until = self.now()

    def _tell_status(self, call: Call, event: str) -> None:
        if call.direction == "inbound":
            line = call.line
            if event != "completed" or line is None or not line.status_callback:
                return
            url, method = line.status_callback, line.status_callback_method
        else:
            sequence, call.sequence = call.sequence, call.sequence + 1
            if not call.callbacks.status_url or event not in call.callbacks.status_events:
                return
            url, method = call.callbacks.status_url, call.callbacks.status_method
        now = self.now()
        params = call.params()
        params["CallbackSource"] = "call-progress-events"
        params["SequenceNumber"] = "0" if call.direction == "inbound" else str(sequence)
        params["Timestamp"] = rfc2822(now) or ""
        if event == "completed":
            seconds = call.duration_s(now)
            params["CallDuration"] = str(seconds)
            params["Duration"] = str(-(-seconds // 60))
        kind = "status" if call.direction == "inbound" else "leg-status"
        letter = Letter(kind, url, method, params, call.sid, is_event=True)
        self.post(letter, lambda answer: self._check_event(answer, call, url), call)

    def _check_event(self, answer: Answer, call: Call, url: str) -> None:
        if not answer.ok:
            self.alert(11200, f"status callback: HTTP {answer.status} {answer.error}", call.sid, url)
