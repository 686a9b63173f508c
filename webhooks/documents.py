"""What does the caller hear at this stage? One document for each stage of a call."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from callcenter.calls.call import Call
from callcenter.calls.stages import Stage
from callcenter.numbers import why_not_promised
from callcenter.rota.hours import day_rules, next_opening, opening
from callcenter.routing import redirects
from callcenter.routing.transaction import CallTransaction
from callcenter.telephony.prompts import moments, say
from callcenter.telephony.prompts.moments import before, greeting
from callcenter.telephony.prompts.numerals import telephone_words
from callcenter.telephony.prompts.speaking import Prompt
from webhooks.door import TwilioRequest
from webhooks.speech import speak

RING_S = 4
LONGEST_MESSAGE_S = 180
# The hold loop offers its choices anew every third turn, unless that would outlast the hunt.
OFFER_EVERY = 3
OFFER_S = 12
Word = Callable[[], str | None]


@dataclass
class CallerDocument:
    """Builds documents for one caller; each has a turn of its own, so that no two requests of a call look alike.

    first: the very first document of a call, whose turn was stored with it.
    """

    request: TwilioRequest
    tx: CallTransaction
    call: Call
    first: bool = False

    def __post_init__(self) -> None:
        if not self.first:
            self.call.next_turn()
        self.response = VoiceResponse()

    # Parts

    def address(self, name: str, **query: str) -> str:
        """The address of one of this call's steps."""
        more = "".join(f"&{key}={value}" for key, value in query.items())
        return self.request.url(f"/webhooks/call/{self.call.id}/{name}?turn={self.call.turn}{more}")

    def speak(self, key: str, parent: Any = None, **values: str) -> None:
        """Say a prompt in the caller's language."""
        self.utter(say(key, self.call.language, **values), parent)

    def utter(self, prompt: Prompt, parent: Any = None) -> None:
        """Say a ready prompt."""
        target = self.response if parent is None else parent
        speak(target, prompt, self.tx.session, self.tx.now, self.request.office.settings.public_url)

    def gather(self, name: str, *, timeout_s: int, digits: int = 1) -> Gather:
        """Ask for a key; what is added to the result can be broken off by it."""
        gather = Gather(input="dtmf", num_digits=digits, timeout=timeout_s, action=self.address(name), method="POST")
        self.response.append(gather)
        return gather

    def go_on(self, name: str, **query: str) -> None:
        """Ask the next document."""
        self.response.redirect(self.address(name, **query), method="POST")

    def may_call(self) -> bool:
        """Whether this caller may be told that we ring back, and by when: a colleague who rings the line is not."""
        number = self.call.keyed_number or self.call.from_number
        countries = self.tx.rota.policy.callbacks.countries if self.tx.rota else ()
        return self.call.staff is None and why_not_promised(number, countries) is None

    def promise(self) -> str | None:
        """The promised time in words, or None when we may not ring this caller back."""
        if self.call.promised_at is None or not self.may_call():
            return None
        return before(self.call.promised_at, self.tx.now, self.call.language)

    # Stages

    def greeting(self) -> VoiceResponse:
        """The first words, with the way to the other language; a school we know by its number is greeted by name."""
        named = self.call.caller_name if self.call.group == "school" and not self.call.shared_by else None
        gather = self.gather("choice", timeout_s=1)
        self.utter(moments.welcome(self.tx.now, self.call.language, named), gather)
        self.language_offer(gather)
        self.go_on("hold")
        return self.response

    def hold(self, *, first: bool = False, after: str | None = None, word: Word = lambda: None) -> VoiceResponse:
        """One turn of waiting: a ring tone of at most four seconds and a second to press a key, never past the cap.

        word: names the prompt that says how it stands, in place of "we are still looking"; asked when it is said.
        """
        call, now = self.call, self.tx.now
        left_s = int((call.deadline_at - now).total_seconds()) if call.deadline_at else RING_S
        gather = self.gather("choice", timeout_s=1)
        if after:
            self.speak(after, gather)
        if first:
            self.speak("hold_first", gather)
        elif call.turn % OFFER_EVERY == 0 and left_s > OFFER_S:
            self.speak(word() or "hold_later", gather)
        ring_s = max(1, min(RING_S, left_s - 1))
        gather.play(self.request.url(f"/audio/ringing-{ring_s}.wav"))
        self.go_on("hold")
        return self.response

    def wait_a_moment(self, then: str = "hold") -> VoiceResponse:
        """A second more of waiting: it is not known yet what a request under way, or a leg's end, makes of the call."""
        gather = self.gather("choice", timeout_s=1)
        gather.play(self.request.url("/audio/ringing-1.wav"))
        self.go_on(then)
        return self.response

    def connecting(self) -> VoiceResponse:
        """A colleague was found; until the next document is asked the caller may hang up without having spoken."""
        self.speak("connecting")
        self.go_on("connect")
        return self.response

    def connect(self) -> VoiceResponse:
        """Into the conference where the consultant waits; afterwards the `talked` request."""
        dial = Dial(action=self.address("talked"), method="POST")
        # Pulled out by a request of ours, the caller is put back: meanwhile the colleague stays.
        join_conference(self.request, dial, self.call, ends_it=not redirects.may_interrupt(self.call, self.tx.now))
        self.response.append(dial)
        return self.response

    def offer_message(self, *, asked: bool = False, again: str | None = None) -> VoiceResponse:
        """Nobody comes, or we are closed: what we promise, then the choice. asked: the caller wants to leave word."""
        nothing_known = self.tx.rota is None and not asked  # without a rota nothing can be promised nor chosen
        choose = not (nothing_known or self.call.in_hours or asked)
        gather = self.gather("choice", timeout_s=3 if choose else 1)
        if again:
            self.speak(again, gather)
        elif self.first or choose:
            self.speak("greeting_short", gather, greeting=greeting(self.tx.now, self.call.language))
        if nothing_known:
            self.speak("failure", gather)  # says what to do before the tone, too
            self.go_on("record")
            return self.response
        if not asked:
            self._why_nobody(gather)
        if choose:
            self.speak("closed_choice", gather)
            self.language_offer(gather)
            self.go_on("record", ask="1")  # nothing was pressed: say what is to be done now
        else:
            self.speak(self._what_to_record(), gather)
            self.go_on("record")
        return self.response

    def ask_number(self, key: str, *, tries: int = 0) -> VoiceResponse:
        """Let a caller whose number we cannot see key it in."""
        gather = Gather(
            input="dtmf",
            num_digits=15,
            timeout=5,
            finish_on_key="#",
            action=self.address("keyed", tries=str(tries)),
            method="POST",
        )
        self.speak(key, gather)
        self.response.append(gather)
        self.go_on("record", ask="1")
        return self.response

    def check_number(self, *, tries: int = 0, asked: int = 0) -> VoiceResponse:
        """Read the keyed number back; it can be keyed in anew. asked: how often it was read back before."""
        assert self.call.keyed_number
        address = self.address("checked", tries=str(tries), asked=str(asked + 1))
        gather = Gather(input="dtmf", num_digits=1, timeout=5, action=address, method="POST")
        number = telephone_words(self.call.keyed_number, self.call.language)
        self.speak("number_check", gather, number=number)
        self.response.append(gather)
        self.response.redirect(address, method="POST")
        return self.response

    def record(self, *, introduced: bool = True, tries: int = 0) -> VoiceResponse:
        """Record a message after a tone; silence goes on to the `silence` request."""
        if tries:
            self.speak("nothing_recorded")
        elif not introduced:
            self.speak(self._what_to_record())
        add_record(
            self.response,
            action=self.address("recorded"),
            callback=self.request.url(f"/webhooks/call/{self.call.id}/recording"),
        )
        self.go_on("silence", tries=str(tries))
        return self.response

    def message_noted(self) -> VoiceResponse:
        """The message is kept; it may be spoken again, then goodbye."""
        when = self.promise()
        gather = self.gather("again", timeout_s=3)
        if when:
            self.speak("message_noted", gather, when=when)
        else:
            self.speak("message_noted_anonymous", gather)
        self.speak("message_again", gather)
        return self.farewell()

    def callback_noted(self, *, name_number: bool = False) -> VoiceResponse:
        """We ring back, by when, and goodbye. name_number: and on which number, which was not confirmed."""
        if name_number and self.call.keyed_number:
            self.speak("number_noted", number=telephone_words(self.call.keyed_number, self.call.language))
        when = self.promise()
        if when:
            self.speak("callback_noted", when=when)
        return self.farewell()

    def survey(self) -> VoiceResponse:
        """The one question."""
        gather = self.gather("survey", timeout_s=5)
        self.speak("survey", gather)
        return self.farewell()

    def farewell(self, key: str = "goodbye") -> VoiceResponse:
        """Goodbye."""
        self.speak(key)
        self.response.hangup()
        return self.response

    def language_offer(self, parent: Any) -> None:
        """Offer the other language, in that language."""
        self.utter(say("language_choice", "en" if self.call.language == "nl" else "nl"), parent)

    def _what_to_record(self) -> str:
        """The words before the tone: whom we cannot ring by the number we see is asked for name and number."""
        return "record_now" if self.may_call() else "record_unknown"

    def _why_nobody(self, gather: Gather) -> None:
        rota, now, call = self.tx.rota, self.tx.now, self.call
        assert rota is not None
        if not call.in_hours:
            why, holiday = why_closed(self.tx, call.received_at)
            self.utter(moments.closed(now, call.language, next_opening(rota, now), why, holiday), gather)
            self.speak("closed_danger", gather)
            return
        self.speak("nobody_message", gather)
        when = self.promise()
        if when:
            self.speak("nobody_promise", gather, when=when)


def why_closed(tx: CallTransaction, at: datetime) -> tuple[moments.Closing, str]:
    """Why the line is closed at an instant: outside its hours, earlier today than usual, or on a holiday (its code)."""
    assert tx.rota is not None
    day = at.astimezone(tx.rota.zone).date()
    for name, rule in day_rules(tx.rota.policy, day):
        if rule.kind == "closed":
            return ("holiday", name) if name.isidentifier() else ("hours", "")
        if rule.kind in ("until", "hours"):
            start = at.astimezone(tx.rota.zone).replace(hour=0, minute=0, second=0, microsecond=0)
            return ("early", "") if opening(tx.rota, start, at) else ("hours", "")
    return "hours", ""


def join_conference(request: TwilioRequest, dial: Dial, call: Call, *, ends_it: bool = True) -> None:
    """Put whoever hears this document into the call's conference. ends_it: it ends when this one leaves."""
    dial.conference(
        f"call-{call.id}-{call.answered_leg_id}",
        start_conference_on_enter=True,
        end_conference_on_exit=ends_it,
        beep="false",
        max_participants=2,
        wait_url=request.url("/webhooks/ringing"),
        wait_method="POST",
    )


def add_record(response: VoiceResponse, *, action: str, callback: str) -> None:
    """A `<Record>` as every message is taken: up to three minutes, ended by five seconds of silence or the hash key."""
    response.record(
        action=action,
        method="POST",
        max_length=LONGEST_MESSAGE_S,
        timeout=5,
        finish_on_key="#",
        play_beep=True,
        recording_status_callback=callback,
        recording_status_callback_method="POST",
        recording_status_callback_event="completed absent",
    )


def current_document(request: TwilioRequest, tx: CallTransaction, call: Call, *, first: bool = False) -> VoiceResponse:
    """What this caller should hear now, whatever was asked: the answer to late, early and repeated requests."""
    document = CallerDocument(request, tx, call, first)
    stage = Stage(call.stage)
    if redirects.is_awaited(call, tx.now) and stage in (Stage.CONNECTING, Stage.OFFERING, Stage.KEYING):
        # The request that is under way would cut off what is begun here.
        return document.wait_a_moment()
    if stage in (Stage.HUNTING, Stage.DIALLING):
        return document.hold()
    if stage == Stage.CONNECTING:
        return document.connecting()
    if stage == Stage.TALKING:
        return document.connect()
    if stage == Stage.SURVEYING:
        return document.survey()
    if stage == Stage.OFFERING:
        return document.offer_message()
    if stage == Stage.KEYING:
        if call.keyed_number:
            return document.check_number()
        return document.ask_number("nobody_anonymous" if call.in_hours else "ask_number")
    if stage == Stage.RECORDING:
        return document.record(introduced=False)
    if stage == Stage.CONFIRMING:
        return document.message_noted() if call.voicemail_id else document.callback_noted()
    document.response.hangup()
    return document.response
