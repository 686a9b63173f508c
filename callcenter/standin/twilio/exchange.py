"""The telephone exchange: the life of every call and leg, from its creation to its final status."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from callcenter.standin.log import Ring
from callcenter.standin.twilio.calls import FINAL, Call, Callbacks, Direction, Person
from callcenter.standin.twilio.conference import Conferences
from callcenter.standin.twilio.documents import DocumentRequest
from callcenter.standin.twilio.messages import Messages
from callcenter.standin.twilio.platform import Platform
from callcenter.standin.twilio.player import Parts, Player
from callcenter.standin.twilio.recordings import Recordings
from callcenter.standin.twilio.sounds import Sounds
from callcenter.standin.twilio.status_events import send_status
from callcenter.standin.twilio.talks import Talks


class Exchange:
    """Twilio's telephone side. People act by `pick_up`, `refuse`, `press` and `hang_up`; REST by the other verbs.

    find_person: returns who has a number. calls_per_second: how fast calls created by REST may start (Twilio's default
    is 1); None: no limit.
    """

    def __init__(
        self, platform: Platform, find_person: Callable[[str], Person], *, calls_per_second: float | None = None
    ) -> None:
        self.platform, self.world = platform, platform.world
        self.calls_per_second = calls_per_second
        self.calls: dict[str, Call] = {}
        self.live: dict[str, Call] = {}
        self.rings: list[Ring] = []
        self.talks = Talks(platform)
        self.conferences = Conferences(platform)
        self.recordings = Recordings(platform)
        self.sounds = Sounds(platform)
        self.messages = Messages(platform, find_person)
        self._parts = Parts(platform, self.sounds, self.recordings, self.conferences, self.talks, self)
        self._find_person = find_person
        self._next_start: datetime | None = None

    def has_live_calls(self) -> bool:
        return bool(self.live)

    # -- calls from outside

    def dial_in(
        self,
        from_: str,
        to: str,
        person: Person,
        forwarded_from: str = "",
        caller_name: str = "",
    ) -> Call:
        """A person dials an own number. Its voice address is requested with CallStatus=ringing."""
        line = self.platform.lines.get(to)
        call = self._new_call("inbound", from_, to, person, Callbacks())
        call.line, call.forwarded_from, call.caller_name = line, forwarded_from, caller_name
        call.initiated_at = self.platform.now()
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
        self.platform.hear(call, "ringback", "", None)
        call.player = player = Player(self._parts, call)
        player.fetch(DocumentRequest(line.voice_url, line.voice_method, "voice"))

    def _new_call(self, direction: Direction, from_: str, to: str, person: Person, callbacks: Callbacks) -> Call:
        sid, account_sid = self.platform.new_sid("CA"), self.platform.account_sid
        call = Call(sid, account_sid, direction, from_, to, "queued", self.platform.now(), person, callbacks)
        self.calls[call.sid] = self.live[call.sid] = call
        return call

    def answer_inbound(self, call: Call) -> None:
        """Twilio answers an inbound call, once there is something to play."""
        self._cut_heard(call)
        call.status, call.answered_at = "in-progress", self.platform.now()
        call.person.answered(call)

    # -- calls to outside

    def create(self, from_: str, to: str, callbacks: Callbacks, timeout_s: float = 60.0) -> Call:
        """A call created by REST: queued now, started as the rate allows."""
        call = self._new_call("outbound-api", from_, to, self._find_person(to), callbacks)
        call.timeout_s = timeout_s
        call.line = self.platform.lines.get(from_)
        now = self.platform.now()
        start = now + timedelta(seconds=self.platform.timing.start_s)
        if self.calls_per_second:
            start = max(start, self._next_start or start)
            self._next_start = start + timedelta(seconds=1 / self.calls_per_second)
            call.queue_s = (start - now).total_seconds()
        call.timers.append(self.world.call_at(start, lambda: self._initiate(call)))
        return call

    def dial_leg(self, parent: Call, from_: str, to: str, callbacks: Callbacks, timeout_s: float) -> Call:
        """A leg of a `<Dial>`: starts at once, whatever the rate."""
        call = self._new_call("outbound-dial", from_, to, self._find_person(to), callbacks)
        call.parent, call.timeout_s = parent, timeout_s
        call.timers.append(self.world.call_later(0.05, lambda: self._initiate(call)))
        return call

    def _initiate(self, call: Call) -> None:
        if not call.is_live:
            return
        call.status, call.initiated_at = "initiated", self.platform.now()
        send_status(self.platform, call, "initiated")
        call.timers.append(self.world.call_later(self.platform.timing.ring_s, lambda: self._ring(call)))

    def _ring(self, call: Call) -> None:
        if not call.is_live:
            return
        refused = call.person.offered(call)
        if refused:
            self.end(call, refused)
            return
        call.status = "ringing"
        call.ring = Ring(call.to, call.sid, self.platform.now())
        self.rings.append(call.ring)
        send_status(self.platform, call, "ringing")
        left_s = max(0.0, call.timeout_s - self.platform.timing.ring_s)
        call.timers.append(self.world.call_later(left_s, lambda: self._time_out(call)))
        call.person.rings(call)

    def _time_out(self, call: Call) -> None:
        if call.status == "ringing":
            self.end(call, "no-answer")

    # -- what people do

    def pick_up(self, call: Call) -> None:
        """A person or a mailbox answers. Does nothing when the telephone no longer rings."""
        if call.status != "ringing" or call.direction == "inbound":
            return
        call.status, call.answered_at = "in-progress", self.platform.now()
        self._stop_ring(call)
        send_status(self.platform, call, "answered")
        if call.callbacks.time_limit_s is not None:
            limit_s = call.callbacks.time_limit_s
            call.timers.append(self.world.call_later(limit_s, lambda: self.end(call, "completed")))
        call.person.answered(call)
        if call.dial is not None:
            call.dial.picked_up(call)
            return
        call.player = player = Player(self._parts, call)
        if call.callbacks.twiml:
            player.play_text(call.callbacks.twiml)
        else:
            player.fetch(DocumentRequest(call.callbacks.url, call.callbacks.method, "leg"))

    def refuse(self, call: Call, status: str = "busy") -> None:
        """The ringing telephone declines the call, or stops ringing by itself."""
        if call.status == "ringing" and call.direction != "inbound":
            self.end(call, status)

    def press(self, call: Call, keys: str) -> None:
        """Keys are pressed one after the other."""
        for n, key in enumerate(keys):
            if n == 0:
                self._press_one(call, key)
            else:
                self.world.call_later(n * self.platform.timing.key_s, partial(self._press_one, call, key))

    def _press_one(self, call: Call, key: str) -> None:
        if call.status == "in-progress" and call.player is not None:
            call.player.key(key)

    def hang_up(self, call: Call) -> None:
        """The person at the other end hangs up."""
        call.hung_up_by_person = call.hung_up_by_person or call.is_live
        self.end(call, "completed" if call.answered_at else "no-answer")

    # -- what REST does

    def redirect(self, call: Call, url: str, method: str, twiml: str) -> None:
        """Play another document to a call that is in progress."""
        assert call.player is not None
        self.talks.note_torn(call, "redirect")
        call.player.replace(url, method, twiml)

    def cancel(self, call: Call) -> None:
        """Status=canceled: ends the call unless it was answered."""
        if call.answered_at is None:
            self.end(call, "canceled")

    def complete(self, call: Call) -> None:
        """Status=completed: hangs up, whatever the call's status."""
        self.talks.note_torn(call, "completed")
        self.end(call, "completed" if call.answered_at else "canceled")

    # -- the end

    def end(self, call: Call, status: str) -> None:
        """End a call and send its last webhooks. Does nothing when it has ended before."""
        if call.ended_at is not None:
            return
        assert status in FINAL
        call.ended_at, call.status = self.platform.now(), status
        del self.live[call.sid]
        for timer in call.timers:
            timer.cancel()
        call.timers.clear()
        self._stop_ring(call)
        self.talks.stop(call)
        self._cut_heard(call)
        if call.player is not None:
            call.player.close()
        if call.dial is not None:
            call.dial.leg_ended(call)
        call.person.ended(call)
        send_status(self.platform, call, "completed")
        for fn in call.at_end:
            fn(call)

    def _stop_ring(self, call: Call) -> None:
        if call.ring is not None and call.ring.end is None:
            call.ring.end = self.platform.now()

    def _cut_heard(self, call: Call) -> None:
        now = self.platform.now()
        for heard in call.heard:
            heard.until = min(heard.until, now)
