"""Who is connected to whom? The `<Dial>` verb: numbers of which the first that picks up wins, or a conference."""

from typing import TYPE_CHECKING

from callcenter.standin.log import Heard
from callcenter.standin.twilio.calls import Call, Callbacks
from callcenter.standin.twilio.conference import Conference
from callcenter.standin.twilio.documents import Ask, tell_action
from callcenter.standin.twilio.twiml import Node

if TYPE_CHECKING:
    from callcenter.standin.twilio.player import Player
    from callcenter.standin.world import Timer


class _Dial:
    """What both kinds share: the action at the end, the time limit, the star key."""

    def __init__(self, player: "Player", node: Node) -> None:
        self.player, self.node = player, node
        self.exchange, self.call = player.exchange, player.call
        self.over = False
        self.timers: list[Timer] = []

    def key(self, key: str) -> None:
        if key == "*" and self.node.flag("hangupOnStar", False) and not self.over:
            self.leave()

    def leave(self) -> None:
        """End the connection, the call itself goes on."""
        raise NotImplementedError

    def limit_time(self) -> None:
        """Ends the connection after `timeLimit`."""
        seconds = self.node.number("timeLimit", 14_400)
        self.timers.append(self.exchange.world.call_later(seconds, self.leave))

    def close(self) -> None:
        self.over = True
        for timer in self.timers:
            timer.cancel()

    def go_on(self, extra: dict[str, str]) -> None:
        """The document goes on: with the action's when there is one."""
        if "action" in self.node.attributes:
            self.player.go(self.node.get("action", ""), self.node.get("method", "POST"), "action", extra)
        else:
            self.player.proceed()

    def tell(self, extra: dict[str, str]) -> bool:
        """Ask the action though its answer will not be played; False when there is none."""
        if "action" not in self.node.attributes:
            return False
        url = self.player.address(self.node.get("action", ""))
        if url:
            tell_action(self.exchange, self.call, url, self.node.get("method", "POST"), extra)
        return bool(url)


class DialNumbers(_Dial):
    """Rings up to ten numbers. Whatever picks up first is connected, be it a mailbox; the others are hung up."""

    def __init__(self, player: "Player", node: Node) -> None:
        super().__init__(player, node)
        self._targets = list(node.children) or [node]
        self._legs: list[Call] = []
        self._winner: Call | None = None
        self._bridged = False
        self._ringback: Heard | None = None

    def start(self) -> None:
        caller_id = self.node.get("callerId", self.call.from_)
        if caller_id not in self.exchange.lines and caller_id != self.call.from_:
            self.exchange.alert(13214, "<Dial callerId> is not an own number", self.call.sid, self.player.url)
            self.close()
            self.go_on({"DialCallStatus": "failed"})
            return
        self._ringback = self.exchange.hear(self.call, "ringback", "", None)
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
            url=(self.player.address(url) or "") if url else "",
            method=target.get("method", "POST"),
            status_url=(self.player.address(status) or "") if status else "",
            status_method=target.get("statusCallbackMethod", "POST"),
            status_events=events,
        )
        caller_id = self.node.get("callerId", self.call.from_)
        leg = self.exchange.dial_leg(self.call, caller_id, target.text, callbacks, self.node.number("timeout", 30))
        leg.dial = self
        self._legs.append(leg)

    def picked_up(self, leg: Call) -> None:
        """A leg is answered; the first one wins, whatever answered it."""
        if self.over or self._winner is not None:
            return
        self._winner = leg
        for other in self._legs:
            if other is not leg and other.is_live:
                self.exchange.end(other, "canceled")
        if leg.callbacks.url:
            leg.player = self.player.another(leg, "screen", self._bridge)
            leg.player.ask(Ask(leg.callbacks.url, leg.callbacks.method, "screen"))
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
            self.exchange.answer_inbound(self.call)
        self._end_ringback()
        self.limit_time()
        for side in (leg, self.call):
            self.exchange.start_talk(side)

    def _end_ringback(self) -> None:
        if self._ringback is not None:
            self._ringback.until = min(self._ringback.until, self.exchange.now())

    def leave(self) -> None:
        if self._winner is not None and self._winner.is_live:
            self.exchange.end(self._winner, "completed")

    def leg_ended(self, leg: Call) -> None:
        """A leg is over: the talk has ended, or one telephone less is ringing."""
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
        self.exchange.stop_talk(self.call)
        self.go_on(self._params(status))

    def _params(self, status: str) -> dict[str, str]:
        extra = {"DialCallStatus": status, "DialBridged": "true" if self._bridged else "false"}
        leg = self._winner or (self._legs[-1] if self._legs else None)
        if leg is not None:
            extra["DialCallSid"] = leg.sid
            if leg.answered_at is not None:
                extra["DialCallDuration"] = str(leg.duration_s(self.exchange.now()))
        return extra

    def cut(self, gone: bool) -> bool:
        if self.over:
            return False
        self.close()
        self._end_ringback()
        self.exchange.stop_talk(self.call)
        for leg in self._legs:
            if leg.is_live:
                self.exchange.end(leg, "completed" if leg.answered_at else "canceled")
        return self.tell(self._params("completed"))


class DialConference(_Dial):
    """Joins a conference and stays until it ends, or the call does."""

    def __init__(self, player: "Player", node: Node) -> None:
        super().__init__(player, node)
        self.noun = node.children[0]
        self._conference: Conference | None = None
        self._waiting: Player | None = None
        self._sound: Heard | None = None

    def start(self) -> None:
        self.call.person.hears(self.call, "conference", "")
        conference = self.exchange.conferences.join(self)
        if conference is None:
            self.exchange.alert(13239, "the conference is full", self.call.sid, self.player.url)
            self.close()
            self.go_on({"DialCallStatus": "failed"})
            return
        self._conference = conference
        self.limit_time()
        if not self.call.talking and not self.over:
            self._wait()

    def _wait(self) -> None:
        url = self.noun.attributes.get("waitUrl")
        if url == "":
            self._sound = self.exchange.hear(self.call, "pause", "", None)
        elif url is None:
            self._sound = self.exchange.hear(self.call, "hold", "music", None)
        else:
            address = self.player.address(url)
            if address:
                self._ask_wait(address)

    def _ask_wait(self, address: str) -> None:
        assert self._conference is not None
        extra = {"ConferenceSid": self._conference.sid}
        method = self.noun.get("waitMethod", "POST")
        waiting = self.player.another(self.call, "wait", lambda: self._wait_again(waiting, address, method), extra)
        self._waiting = waiting
        waiting.ask(Ask(address, method, "wait"))

    def _wait_again(self, waiting: "Player", address: str, method: str) -> None:
        if waiting is self._waiting:
            self.exchange.world.call_later(0.2, lambda: waiting.ask(Ask(address, method, "wait")))

    def connect(self) -> None:
        """Somebody else is in the conference, and it has started."""
        self._stop_waiting()
        self.exchange.start_talk(self.call)

    def left_alone(self) -> None:
        """The last other one has left; the line stays open, in silence."""
        self.exchange.stop_talk(self.call)
        self._sound = self.exchange.hear(self.call, "pause", "", None)
        self.call.person.alone(self.call)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.close()
            self._waiting = None
        if self._sound is not None:
            self._sound.until = min(self._sound.until, self.exchange.now())
            self._sound = None

    def leave(self) -> None:
        if self.over:
            return
        self.close()
        if self._conference is not None:
            self._conference.leave(self)
        self._stop_waiting()
        self.exchange.stop_talk(self.call)
        self.go_on({"DialCallStatus": "completed"})

    def conference_ended(self) -> None:
        """Another one's leaving ended the conference; the document goes on."""
        if self.over:
            return
        self.close()
        self._stop_waiting()
        self.exchange.stop_talk(self.call)
        self.go_on({"DialCallStatus": "completed"})

    def cut(self, gone: bool) -> bool:
        if self.over:
            return False
        self.close()
        self._stop_waiting()
        self.exchange.stop_talk(self.call)
        if self._conference is not None:
            self._conference.leave(self)
        return self.tell({"DialCallStatus": "completed"})
