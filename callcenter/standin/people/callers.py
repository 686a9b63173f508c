"""Callers: they ring a line, wait, press keys, talk, leave a message, hang up and ring again, as scripted."""

from datetime import datetime

from callcenter.standin.log import Heard, Webhook, longest_silence_s
from callcenter.standin.people.actors import Actor
from callcenter.standin.people.phones import Phone
from callcenter.standin.people.scripts import WITHHELD, CallerScript
from callcenter.standin.twilio.calls import Call, Speech
from callcenter.standin.twilio.exchange import Exchange
from callcenter.standin.world import Timer


class Caller(Actor):
    """Follows one `CallerScript`. The properties concern the latest call."""

    def __init__(self, exchange: Exchange, script: CallerScript, line: str) -> None:
        super().__init__(exchange)
        self.script, self.line = script, line
        self.calls: list[Call] = []
        self._recording = False
        self._alone: Timer | None = None

    def dial(self) -> None:
        """Ring the line now."""
        self.reach(self.line, self.script.number or WITHHELD, self.script.forwarded_from)

    def reach(self, line: str, from_: str, forwarded_from: str) -> None:
        """Bring a call to a line, with the numbers that the carrier reports."""
        script = self.script
        self._recording = False
        call = self.exchange.dial_in(from_, line, self, forwarded_from)
        self.calls.append(call)
        self.begin(call, script.steps)
        if script.patience_s is not None:
            call.timers.append(self.world.call_later(script.patience_s, lambda: self._out_of_patience(call)))

    def _out_of_patience(self, call: Call) -> None:
        if call.first_talk_at is None and not self._recording:
            self.exchange.hang_up(call)

    def hears(self, call: Call, stage: str, text: str) -> None:
        if self._alone is not None and stage not in ("pause", "hold"):
            self._alone.cancel()
            self._alone = None
        if stage == "conference" and call.first_talk_at is not None:
            self.alone(call)  # on hold again after a talk: the caller does not stay for ever
        super().hears(call, stage, text)

    def connected(self, call: Call) -> None:
        if self.script.talk_s is not None:
            call.timers.append(self.world.call_later(self.script.talk_s, lambda: self._end_talk(call)))

    def _end_talk(self, call: Call) -> None:
        if call.talking:
            self.exchange.hang_up(call)

    def alone(self, call: Call) -> None:
        self._alone = self.world.call_later(self.script.alone_s, lambda: self.exchange.hang_up(call))

    def speech(self, call: Call) -> Speech:
        self._recording = self.script.message_s > 0
        return Speech(self.script.message_s, self.script.message_then)

    def ended(self, call: Call) -> None:
        script = self.script
        helped = call.first_talk_at is not None or call.recorded_s > 0
        if script.again_after_s is not None and not helped and len(self.calls) <= script.again_times:
            self.world.call_later(script.again_after_s, self.dial)

    # -- results

    @property
    def call(self) -> Call:
        """The latest call. Raises IndexError before the first."""
        return self.calls[-1]

    @property
    def sid(self) -> str:
        return self.call.sid

    @property
    def status(self) -> str:
        return self.call.status

    @property
    def heard(self) -> list[Heard]:
        return self.call.heard

    @property
    def webhooks(self) -> list[Webhook]:
        return self.call.webhooks

    @property
    def was_connected(self) -> bool:
        """Whether somebody spoke with the caller, in any of the calls."""
        return any(call.first_talk_at is not None for call in self.calls)

    def said(self) -> str:
        """All text that was said to the caller in the latest call."""
        return " ".join(heard.text for heard in self.heard if heard.what == "say")

    def wait_s(self) -> float:
        """Seconds from dialling until a talk, a recording, or the end."""
        call = self.call
        ends = [t for t in (call.first_talk_at, call.ended_at) if t is not None]
        ends += [heard.at for heard in call.heard if heard.what == "record"]
        return (min(ends, default=self.world.now()) - call.created_at).total_seconds()

    def longest_silence_s(self) -> float:
        """The longest silence in seconds, from dialling to the end."""
        end: datetime = self.call.ended_at or self.world.now()
        return longest_silence_s(self.heard, self.call.created_at, end)


class DirectCaller(Caller):
    """Somebody who rings a consultant's mobile, not the line. It becomes a call at Twilio only when it is diverted."""

    def __init__(self, exchange: Exchange, script: CallerScript, phone: Phone) -> None:
        super().__init__(exchange, script, "")
        self._phone = phone

    def dial(self) -> None:
        """Ring the mobile now. When it is engaged and diverts such calls, the call reaches the number it diverts to."""
        diversion = self._phone.diversion
        if diversion is not None and self._phone.is_engaged:
            self.reach(diversion.to, *diversion.reported_numbers(self._phone.number, self.script.number or WITHHELD))
