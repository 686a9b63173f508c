"""Telephones: a call is picked up, ignored, declined, forwarded, or taken by the voicemail, as scripted."""

from collections.abc import Callable
from dataclasses import replace

from callcenter.standin.people.actors import Actor
from callcenter.standin.people.scripts import IGNORES, Diversion, ForwardedForm, PhoneScript, ShownAs, press
from callcenter.standin.twilio.calls import Call
from callcenter.standin.twilio.exchange import Exchange

_NO_RING = {"busy": "busy", "off": "no-answer", "unreachable": "failed"}
_LEAVES_EMPTY_LINE_S = 3.0


class Phone(Actor):
    """One telephone. Each call uses the next script; the last one stays. Builder methods replace the scripts."""

    def __init__(self, exchange: Exchange, number: str, default: PhoneScript = IGNORES) -> None:
        super().__init__(exchange)
        self.number = number
        self.calls: list[Call] = []
        self._scripts: list[PhoneScript] = [default]
        self._current: PhoneScript = default
        self._talking_on: Call | None = None
        self._choose: Callable[[], PhoneScript] | None = None
        self._once: PhoneScript | None = None
        self._when_over: Callable[[Call], None] | None = None
        self.diversion: Diversion | None = None

    # -- building

    def follows(self, *scripts: PhoneScript) -> "Phone":
        """Use these scripts, one a call; the last one stays."""
        self._scripts, self._choose = list(scripts), None
        return self

    def chooses(self, choose: Callable[[], PhoneScript]) -> "Phone":
        """Call `choose` for a script at every call."""
        self._choose = choose
        return self

    def next(self, script: PhoneScript) -> "Phone":
        """Use this script for the next call only."""
        self._once = script
        return self

    def when_over(self, fn: Callable[[Call], None]) -> None:
        """Call `fn` once, at the end of the present call or else of the next one."""
        self._when_over = fn

    @property
    def is_free(self) -> bool:
        """Whether the owner is not on the telephone."""
        return self._talking_on is None

    def answers_after(self, seconds: float, talks_s: float = 120.0) -> "Phone":
        """The owner picks up after `seconds`."""
        return self.follows(PhoneScript("answers", after_s=seconds, talk_s=talks_s))

    def presses(self, keys: str, after: float = 2.0) -> "Phone":
        """The owner presses keys `after` seconds later. Adds to the last script."""
        last = self._scripts[-1]
        steps = (*last.steps, press(keys, at_s=after))
        self._scripts[-1] = replace(last, steps=steps)
        return self

    def voicemail_after(self, seconds: float, records_s: float = 45.0) -> "Phone":
        """The personal voicemail picks up. 0 seconds: as when the mobile is off."""
        return self.follows(PhoneScript("voicemail", after_s=seconds, mailbox_s=records_s))

    def is_busy(self) -> "Phone":
        return self.follows(PhoneScript("busy"))

    def is_off(self) -> "Phone":
        """Switched off, without a mailbox."""
        return self.follows(PhoneScript("off"))

    def is_unreachable(self) -> "Phone":
        return self.follows(PhoneScript("unreachable"))

    def declines_after(self, seconds: float) -> "Phone":
        return self.follows(PhoneScript("declines", after_s=seconds))

    def never_answers(self) -> "Phone":
        return self.follows(PhoneScript("no_answer"))

    def forwards_to(
        self, number: str, after: float = 12.0, form: ForwardedForm = "e164", shown_as: ShownAs = "caller"
    ) -> "Phone":
        """Forward a call that is not answered. form, shown_as: how ForwardedFrom and From are reported."""
        script = PhoneScript("forwards", after_s=after, forward_to=number, forwarded_form=form, shown_as=shown_as)
        return self.follows(script)

    def sends_on_when_busy(self, number: str, form: ForwardedForm = "e164", shown_as: ShownAs = "caller") -> "Phone":
        """Divert calls from outside (`StandIn.dials_mobile`) while it rings or is in use, as `**67*number#` does."""
        self.diversion = Diversion(number, form, shown_as)
        return self

    @property
    def is_engaged(self) -> bool:
        """Whether it rings, or its owner is on the telephone."""
        return not self.is_free or any(c.status == "ringing" for c in self.exchange.live.values() if c.person is self)

    def sends(self, body: str, to: str) -> None:
        """The owner sends a text message to an own number."""
        self.exchange.messages.come_in(self.number, to, body)

    # -- acting

    def offered(self, call: Call) -> str | None:
        self.calls.append(call)
        if self._talking_on is not None:
            return "busy"
        self._current = self._script()
        return _NO_RING.get(self._current.kind)

    def _script(self) -> PhoneScript:
        once, self._once = self._once, None
        if once is not None:
            return once
        if self._choose is not None:
            return self._choose()
        return self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]

    def rings(self, call: Call) -> None:
        script = self._current
        exchange, later = self.exchange, self.world.call_later
        if script.kind in ("answers", "voicemail"):
            call.timers.append(later(script.after_s, lambda: self._pick_up(call, script)))
        elif script.kind == "declines":
            call.timers.append(later(script.after_s, lambda: exchange.refuse(call)))
        elif script.kind == "forwards":
            call.timers.append(later(script.after_s, lambda: self._forward(call, script)))

    def _pick_up(self, call: Call, script: PhoneScript) -> None:
        if self._talking_on is None:
            self._talking_on, self._current = call, script
            self.exchange.pick_up(call)

    def _forward(self, call: Call, script: PhoneScript) -> None:
        diversion = Diversion(script.forward_to, script.forwarded_form, script.shown_as)
        from_, forwarded_from = diversion.reported_numbers(self.number, call.from_)
        Forwarded(self.exchange, call).dial(script.forward_to, from_, forwarded_from)

    def answered(self, call: Call) -> None:
        script, later = self._current, self.world.call_later
        if self._talking_on is not call:
            return
        if script.kind == "voicemail":
            call.timers.append(later(script.mailbox_s, lambda: self.exchange.hang_up(call)))
        else:
            self.begin(call, script.steps)
            call.timers.append(later(script.waits_s, lambda: self._stop_waiting(call)))

    def _stop_waiting(self, call: Call) -> None:
        if call.first_talk_at is None:
            self.exchange.hang_up(call)

    def connected(self, call: Call) -> None:
        if self._current.kind == "answers":
            call.timers.append(self.world.call_later(self._current.talk_s, lambda: self.exchange.hang_up(call)))

    def alone(self, call: Call) -> None:
        call.timers.append(self.world.call_later(_LEAVES_EMPTY_LINE_S, lambda: self._leave_if_alone(call)))

    def _leave_if_alone(self, call: Call) -> None:
        if not call.talking:  # the other side may have come back
            self.exchange.hang_up(call)

    def ended(self, call: Call) -> None:
        if self._talking_on is call:
            self._talking_on = None
        when_over, self._when_over = self._when_over, None
        if when_over is not None:
            when_over(call)


class Forwarded(Actor):
    """The carrier that forwards an unanswered leg: the leg comes back as an inbound call, and both end together."""

    def __init__(self, exchange: Exchange, leg: Call) -> None:
        super().__init__(exchange)
        self._leg = leg
        self.call: Call | None = None

    def dial(self, to: str, from_: str, forwarded_from: str) -> None:
        self.call = self.exchange.dial_in(from_, to, self, forwarded_from)
        self._leg.at_end.append(self._leg_ended)

    def _leg_ended(self, leg: Call) -> None:
        if self.call is not None and self.call.is_live:
            self.exchange.hang_up(self.call)

    def answered(self, call: Call) -> None:
        self.exchange.pick_up(self._leg)

    def ended(self, call: Call) -> None:
        if self._leg.is_live:
            if self._leg.status == "ringing":
                self.exchange.refuse(self._leg)
            else:
                self.exchange.hang_up(self._leg)
