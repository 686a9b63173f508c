"""The `<Dial>` verb: rings numbers and connects the first that answers, or joins a conference."""

from callcenter.standin.log import Heard
from callcenter.standin.twilio.calls import Call, Callbacks
from callcenter.standin.twilio.conference import Conference, Conferences
from callcenter.standin.twilio.documents import DocumentRequest, notify_action
from callcenter.standin.twilio.talks import Talks
from callcenter.standin.twilio.twiml import Node
from callcenter.standin.twilio.verbs import CallControl, Playback
from callcenter.standin.world import Timer


class _Dial:
    """The action at the end, the time limit and the star key, which both kinds of `<Dial>` share."""

    def __init__(self, playback: Playback, node: Node, talks: Talks) -> None:
        self.playback, self.node, self.talks = playback, node, talks
        self.platform, self.call = playback.platform, playback.call
        self.over = False
        self.timers: list[Timer] = []

    def key(self, key: str) -> None:
        if key == "*" and self.node.flag("hangupOnStar", False) and not self.over:
            self.leave()

    def leave(self) -> None:
        """End the connection; the call itself goes on."""
        raise NotImplementedError

    def limit_time(self) -> None:
        """End the connection after `timeLimit` seconds."""
        seconds = self.node.number("timeLimit", 14_400)
        self.timers.append(self.platform.world.call_later(seconds, self.leave))

    def close(self) -> None:
        self.over = True
        for timer in self.timers:
            timer.cancel()

    def go_on(self, extra: dict[str, str]) -> None:
        """Fetch the action's document, or execute the next verb when there is no action."""
        if "action" in self.node.attributes:
            self.playback.go(self.node.get("action", ""), self.node.get("method", "POST"), "action", extra)
        else:
            self.playback.proceed()

    def notify_action(self, extra: dict[str, str]) -> bool:
        """Request the action without playing its answer. Returns False when there is no action."""
        if "action" not in self.node.attributes:
            return False
        url = self.playback.address(self.node.get("action", ""))
        if url:
            notify_action(self.platform, self.call, url, self.node.get("method", "POST"), extra)
        return bool(url)


class DialNumbers(_Dial):
    """Rings up to ten numbers. The first that answers is connected, be it a mailbox; the other legs are ended."""

    def __init__(self, playback: Playback, node: Node, talks: Talks, calls: CallControl) -> None:
        super().__init__(playback, node, talks)
        self._calls = calls
        self._targets = list(node.children) or [node]
        self._legs: list[Call] = []
        self._winner: Call | None = None
        self._bridged = False
        self._ringback: Heard | None = None

    def start(self) -> None:
        caller_id = self.node.get("callerId", self.call.from_)
        if caller_id not in self.platform.lines and caller_id != self.call.from_:
            self.platform.alert(13214, "<Dial callerId> is not an own number", self.call.sid, self.playback.url)
            self.close()
            self.go_on({"DialCallStatus": "failed"})
            return
        self._ringback = self.platform.hear(self.call, "ringback", "", None)
        self.call.person.hears(self.call, "dial", "")
        if self.node.flag("sequential", False):
            self._ring(self._targets.pop(0))
        else:
            targets, self._targets = self._targets, []
            for target in targets:
                self._ring(target)

    def _ring(self, target: Node) -> None:
        events = frozenset(target.get("statusCallbackEvent", "completed").split())
        status = target.get("statusCallback", "")
        url = target.get("url", "")
        callbacks = Callbacks(
            url=(self.playback.address(url) or "") if url else "",
            method=target.get("method", "POST"),
            status_url=(self.playback.address(status) or "") if status else "",
            status_method=target.get("statusCallbackMethod", "POST"),
            status_events=events,
        )
        caller_id = self.node.get("callerId", self.call.from_)
        leg = self._calls.dial_leg(self.call, caller_id, target.text, callbacks, self.node.number("timeout", 30))
        leg.dial = self
        self._legs.append(leg)

    def picked_up(self, leg: Call) -> None:
        """A leg is answered; the first one wins, and the other legs are ended."""
        if self.over or self._winner is not None:
            return
        self._winner = leg
        for other in self._legs:
            if other is not leg and other.is_live:
                self._calls.end(other, "canceled")
        if leg.callbacks.url:
            leg.player = screening = self.playback.beside(leg, "screen", self._bridge)
            screening.fetch(DocumentRequest(leg.callbacks.url, leg.callbacks.method, "screen"))
        else:
            self._bridge()

    def _bridge(self) -> None:
        leg = self._winner
        if leg is None or self.over or not leg.is_live:
            return
        if leg.player is not None:
            leg.player.close()
        self._bridged = True
        if self.call.status == "ringing":
            self._calls.answer_inbound(self.call)
        self._end_ringback()
        self.limit_time()
        for side in (leg, self.call):
            self.talks.start(side)

    def _end_ringback(self) -> None:
        if self._ringback is not None:
            self._ringback.until = min(self._ringback.until, self.platform.now())

    def leave(self) -> None:
        if self._winner is not None and self._winner.is_live:
            self._calls.end(self._winner, "completed")

    def leg_ended(self, leg: Call) -> None:
        """A leg has ended: either the talk is over, or one telephone fewer rings."""
        if self.over:
            return
        if leg is self._winner:
            self._finish("completed")
        elif self._winner is None and not any(other.is_live for other in self._legs):
            if self._targets:
                self._ring(self._targets.pop(0))
            else:
                self._finish(self._outcome())

    def _outcome(self) -> str:
        statuses = {leg.status for leg in self._legs}
        return next((s for s in ("no-answer", "busy", "failed") if s in statuses), "canceled")

    def _finish(self, status: str) -> None:
        self.close()
        self._end_ringback()
        self.talks.stop(self.call)
        self.go_on(self._params(status))

    def _params(self, status: str) -> dict[str, str]:
        extra = {"DialCallStatus": status, "DialBridged": "true" if self._bridged else "false"}
        leg = self._winner or (self._legs[-1] if self._legs else None)
        if leg is not None:
            extra["DialCallSid"] = leg.sid
            if leg.answered_at is not None:
                extra["DialCallDuration"] = str(leg.duration_s(self.platform.now()))
        return extra

    def cut(self, gone: bool) -> bool:
        if self.over:
            return False
        self.close()
        self._end_ringback()
        self.talks.stop(self.call)
        for leg in self._legs:
            if leg.is_live:
                self._calls.end(leg, "completed" if leg.answered_at else "canceled")
        return self.notify_action(self._params("completed"))


class DialConference(_Dial):
    """Joins a conference and stays until it ends, or the call does."""

    def __init__(self, playback: Playback, node: Node, talks: Talks, conferences: Conferences) -> None:
        super().__init__(playback, node, talks)
        self._conferences = conferences
        self.noun = node.children[0]
        self._conference: Conference | None = None
        self._waiting: Playback | None = None
        self._sound: Heard | None = None

    def start(self) -> None:
        self.call.person.hears(self.call, "conference", "")
        conference = self._conferences.join(self)
        if conference is None:
            self.platform.alert(13239, "the conference is full", self.call.sid, self.playback.url)
            self.close()
            self.go_on({"DialCallStatus": "failed"})
            return
        self._conference = conference
        self.limit_time()
        if not self.call.talking and not self.over:
            self._wait()

    def address(self, text: str) -> str | None:
        """An address in the document, made absolute; None when that is impossible."""
        return self.playback.address(text)

    def _wait(self) -> None:
        url = self.noun.attributes.get("waitUrl")
        if url == "":
            self._sound = self.platform.hear(self.call, "pause", "", None)
        elif url is None:
            self._sound = self.platform.hear(self.call, "hold", "music", None)
        else:
            address = self.playback.address(url)
            if address:
                self._play_wait(address)

    def _play_wait(self, address: str) -> None:
        assert self._conference is not None
        extra = {"ConferenceSid": self._conference.sid}
        method = self.noun.get("waitMethod", "POST")
        waiting = self.playback.beside(self.call, "wait", lambda: self._wait_again(waiting, address, method), extra)
        self._waiting = waiting
        waiting.fetch(DocumentRequest(address, method, "wait"))

    def _wait_again(self, waiting: Playback, address: str, method: str) -> None:
        if waiting is self._waiting:
            self.platform.world.call_later(0.2, lambda: waiting.fetch(DocumentRequest(address, method, "wait")))

    def connect(self) -> None:
        """The conference has started, and somebody else is in it: the talk begins."""
        self._stop_waiting()
        self.talks.start(self.call)

    def left_alone(self) -> None:
        """The last other participant has left; the line stays open, in silence."""
        self.talks.stop(self.call)
        self._sound = self.platform.hear(self.call, "pause", "", None)
        self.call.person.alone(self.call)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.close()
            self._waiting = None
        if self._sound is not None:
            self._sound.until = min(self._sound.until, self.platform.now())
            self._sound = None

    def leave(self) -> None:
        if self.over:
            return
        self.close()
        if self._conference is not None:
            self._conference.leave(self)
        self._stop_waiting()
        self.talks.stop(self.call)
        self.go_on({"DialCallStatus": "completed"})

    def conference_ended(self) -> None:
        """The conference has ended because another participant left; the document goes on."""
        self.leave()

    def cut(self, gone: bool) -> bool:
        if self.over:
            return False
        self.close()
        self._stop_waiting()
        self.talks.stop(self.call)
        if self._conference is not None:
            self._conference.leave(self)
        return self.notify_action({"DialCallStatus": "completed"})
