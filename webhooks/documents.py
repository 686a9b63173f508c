"""TwiML documents for the caller: one for each stage of a call."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from callcenter.calls.call import Call
from callcenter.calls.stages import Stage
from callcenter.numbers import why_not_promised
from callcenter.rota.hours import day_rules, next_opening, opening
from callcenter.rota.minutes import start_of_day
from callcenter.routing import redirects
from callcenter.routing.survey import was_asked
from callcenter.routing.transaction import CallTransaction
from callcenter.telephony.prompts import moments, say
from callcenter.telephony.prompts.moments import before, greeting
from callcenter.telephony.prompts.numerals import telephone_words
from callcenter.telephony.prompts.speaking import Prompt
from webhooks.door import TwilioRequest
from webhooks.speech import speak

RING_S = 4
LONGEST_MESSAGE_S = 180
# The hold loop repeats its choices every third turn, unless the hunt would end meanwhile.
OFFER_EVERY = 3
OFFER_S = 12
# Computes the key of a prompt when it is needed; None: no prompt.
PromptKey = Callable[[], str | None]


@dataclass
class CallerDocument:
    """Builds one document for one caller. The document's turn number is in every address, so no two requests are equal.

    first: the call's first document, whose turn number was stored with the call: do not count up.
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
        """The absolute address of one of this call's webhooks, with the present turn."""
        more = "".join(f"&{key}={value}" for key, value in query.items())
        return self.request.url(f"/webhooks/call/{self.call.id}/{name}?turn={self.call.turn}{more}")

    def speak(self, key: str, parent: Any = None, **values: str) -> None:
        """Say a prompt in the caller's language."""
        self.speak_prompt(say(key, self.call.language, **values), parent)

    def speak_prompt(self, prompt: Prompt, parent: Any = None) -> None:
        """Add a prompt to the document, or to `parent` within it."""
        target = self.response if parent is None else parent
        speak(target, prompt, self.request)

    def gather(self, name: str, *, timeout_s: int, digits: int = 1) -> Gather:
        """Add a `<Gather>` for `digits` keys. It ends `timeout_s` seconds after its prompts; a key interrupts them."""
        gather = Gather(input="dtmf", num_digits=digits, timeout=timeout_s, action=self.address(name), method="POST")
        self.response.append(gather)
        return gather

    def continue_with(self, name: str, **query: str) -> None:
        """End the document with a `<Redirect>` to one of this call's webhooks."""
        self.response.redirect(self.address(name, **query), method="POST")

    def may_call_back(self) -> bool:
        """Whether we may promise this caller a callback. Consultants who ring the line get no promise."""
        number = self.call.number_to_ring
        countries = self.tx.rota.policy.callbacks.countries if self.tx.rota else ()
        return self.call.staff is None and why_not_promised(number, countries) is None

    def promised_time(self) -> str | None:
        """The promised time in words, None when we may not call this caller back."""
        if self.call.promised_at is None or not self.may_call_back():
            return None
        return before(self.call.promised_at, self.tx.now, self.call.language)

    # Stages

    def greeting(self) -> VoiceResponse:
        """The greeting, which offers the other language. A school recognised by its number is greeted by name."""
        named = self.call.caller_name if self.call.group == "school" and not self.call.shared_by else None
        gather = self.gather("choice", timeout_s=1)
        self.speak_prompt(moments.welcome(self.tx.now, self.call.language, named), gather)
        self.offer_language(gather)
        self.continue_with("hold")
        return self.response

    def hold(
        self, *, first: bool = False, after: str | None = None, status_prompt: PromptKey = lambda: None
    ) -> VoiceResponse:
        """One hold turn: a ring tone of at most `RING_S` seconds and a second to press a key, within the hunt's cap.

        first: explain the choices; after: the key of a prompt to begin with; status_prompt: called in turns that
        explain the state; its prompt replaces "we are still looking".
        """
        call, now = self.call, self.tx.now
        left_s = int((call.deadline_at - now).total_seconds()) if call.deadline_at else RING_S
        gather = self.gather("choice", timeout_s=1)
        if after:
            self.speak(after, gather)
        if first:
            self.speak("hold_first", gather)
        elif call.turn % OFFER_EVERY == 0 and left_s > OFFER_S:
            self.speak(status_prompt() or "hold_later", gather)
        ring_s = max(1, min(RING_S, left_s - 1))
        gather.play(self.request.url(f"/audio/ringing-{ring_s}.wav"))
        self.continue_with("hold")
        return self.response

    def hold_one_second(self, then: str = "hold") -> VoiceResponse:
        """One second of ring tone, while a redirect is under way or the end of a leg is not yet reported.

        then: the webhook that follows.
        """
        gather = self.gather("choice", timeout_s=1)
        gather.play(self.request.url("/audio/ringing-1.wav"))
        self.continue_with(then)
        return self.response

    def connecting(self) -> VoiceResponse:
        """Announces the connection, then requests `connect`, which joins the two."""
        self.speak("connecting")
        self.continue_with("connect")
        return self.response

    def connect(self) -> VoiceResponse:
        """Puts the caller into the conference where the consultant waits. When it ends, Twilio requests `talked`."""
        dial = Dial(action=self.address("talked"), method="POST")
        # A redirect may pull the caller out of the conference. The caller is then put back: the consultant must stay.
        join_conference(self.request, dial, self.call, ends_it=not redirects.may_interrupt(self.call, self.tx.now))
        self.response.append(dial)
        return self.response

    def offer_message(self, *, asked: bool = False, again: str | None = None) -> VoiceResponse:
        """Offers to take a message: nobody is available, or the office is closed.

        asked: the caller chose to leave a message; again: the key of a prompt to begin with.
        """
        nothing_known = self.tx.rota is None and not asked  # without a rota no time can be promised
        choose = not (nothing_known or self.call.in_hours or asked)
        gather = self.gather("choice", timeout_s=3 if choose else 1)
        if again:
            self.speak(again, gather)
        elif self.first or choose:
            self.speak("greeting_short", gather, greeting=greeting(self.tx.now, self.call.language))
        if nothing_known:
            self.speak("failure", gather)  # this prompt also introduces the recording
            self.continue_with("record")
            return self.response
        if not asked:
            self._speak_why_nobody(gather)
            if self.first and not choose and self.call.deadline_at is None:
                self.offer_language(gather)  # held back: no search began, and no greeting offered it
        if choose:
            self.speak("closed_choice", gather)
            self.offer_language(gather)
            self.continue_with("record", ask="1")  # no key was pressed, so the recording is introduced first
        else:
            self.speak(self._recording_prompt(), gather)
            self.continue_with("record")
        return self.response

    def ask_number(self, key: str, *, tries: int = 0) -> VoiceResponse:
        """Asks the caller to key in a number to be called back on. key: of the prompt; tries: wrong numbers so far."""
        gather = Gather(
            input="dtmf",
            num_digits=15,
            timeout=5,
            finish_on_key="#",
            action=self.address("keyed", tries=str(tries)),
            method="POST",
        )
        if self.first:
            self.speak("greeting_short", gather, greeting=greeting(self.tx.now, self.call.language))
        self.speak(key, gather)
        if self.first:
            self.offer_language(gather)
        self.response.append(gather)
        self.continue_with("record", ask="1")
        return self.response

    def read_number_back(self, *, tries: int = 0, asked: int = 0) -> VoiceResponse:
        """Reads the keyed number back and asks whether it is right.

        tries: wrong numbers so far; asked: how often this number was read back before.
        """
        assert self.call.keyed_number
        address = self.address("checked", tries=str(tries), asked=str(asked + 1))
        gather = Gather(input="dtmf", num_digits=1, timeout=5, action=address, method="POST")
        number = telephone_words(self.call.keyed_number, self.call.language)
        self.speak("number_check", gather, number=number)
        self.response.append(gather)
        self.response.redirect(address, method="POST")
        return self.response

    def record(self, *, introduced: bool = True, tries: int = 0) -> VoiceResponse:
        """Records a message after a tone; when nothing is said, Twilio requests `silence`.

        introduced: the caller has heard what to say after the tone; tries: recordings so far in which nothing was said.
        """
        if tries:
            self.speak("nothing_recorded")
        elif not introduced:
            self.speak(self._recording_prompt())
        add_record(
            self.response,
            action=self.address("recorded"),
            callback=self.request.url(f"/webhooks/call/{self.call.id}/recording"),
        )
        self.continue_with("silence", tries=str(tries))
        return self.response

    def message_noted(self, *, may_repeat: bool = True) -> VoiceResponse:
        """Confirms that the message is stored, offers to record it again, and says goodbye.

        may_repeat: the caller may record it again.
        """
        when = self.promised_time()
        gather = self.gather("again", timeout_s=3)
        if when:
            self.speak("message_noted", gather, when=when)
        else:
            self.speak("message_noted_anonymous", gather)
        if may_repeat:
            self.speak("message_again", gather)
        return self.farewell()

    def callback_noted(self, *, name_number: bool = False) -> VoiceResponse:
        """Confirms the callback and its time, and says goodbye.

        name_number: also say the number, because the caller keyed it in and did not confirm it.
        """
        if name_number and self.call.keyed_number:
            self.speak("number_noted", number=telephone_words(self.call.keyed_number, self.call.language))
        when = self.promised_time()
        if when:
            self.speak("callback_noted", when=when)
        return self.farewell()

    def survey(self) -> VoiceResponse:
        """Asks the one survey question."""
        gather = self.gather("survey", timeout_s=5)
        self.speak("survey", gather)
        return self.farewell()

    def farewell(self, key: str = "goodbye") -> VoiceResponse:
        """Says a last prompt and hangs up."""
        self.speak(key)
        self.response.hangup()
        return self.response

    def offer_language(self, parent: Any) -> None:
        """Offers the other language, in that language."""
        self.speak_prompt(say("language_choice", "en" if self.call.language == "nl" else "nl"), parent)

    def _recording_prompt(self) -> str:
        """The key of the prompt before the tone. Callers whom we cannot call back are asked for name and number."""
        return "record_now" if self.may_call_back() else "record_unknown"

    def _speak_why_nobody(self, gather: Gather) -> None:
        rota, now, call = self.tx.rota, self.tx.now, self.call
        assert rota is not None
        if not call.in_hours:
            why, holiday = why_closed(self.tx, call.received_at)
            self.speak_prompt(moments.closed(now, call.language, next_opening(rota, now), why, holiday), gather)
            self.speak("closed_danger", gather)
            return
        self.speak("nobody_message", gather)
        when = self.promised_time()
        if when:
            self.speak("nobody_promise", gather, when=when)


def why_closed(tx: CallTransaction, at: datetime) -> tuple[moments.Closing, str]:
    """Why the line is closed at an instant: outside its hours, closed early today, or on a holiday (with its code)."""
    assert tx.rota is not None
    day = at.astimezone(tx.rota.zone).date()
    for name, rule in day_rules(tx.rota.policy, day):
        if rule.kind == "closed":
            return ("holiday", name) if name.isidentifier() else ("hours", "")
        if rule.kind in ("until", "hours"):
            start = start_of_day(tx.rota.zone, at)
            return ("early", "") if opening(tx.rota, start, at) else ("hours", "")
    return "hours", ""


def join_conference(request: TwilioRequest, dial: Dial, call: Call, *, ends_it: bool = True) -> None:
    """Add the call's conference to a `<Dial>`. ends_it: the conference ends when this participant leaves."""
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
    """Add the `<Record>` for a message: up to `LONGEST_MESSAGE_S`, ended by five seconds of silence or the hash key."""
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
    """The document for the call's present stage, whichever webhook was requested.

    It answers requests that come late, early or out of order.
    """
    document = CallerDocument(request, tx, call, first)
    stage = Stage(call.stage)
    if redirects.is_awaited(call, tx.now) and stage in (Stage.CONNECTING, Stage.OFFERING, Stage.KEYING):
        # The redirect that is under way would interrupt a document that begins now.
        return document.hold_one_second()
    if stage in (Stage.HUNTING, Stage.DIALLING):
        return document.hold()
    if stage == Stage.CONNECTING:
        return document.connecting()
    if stage == Stage.TALKING:
        return document.connect()
    if stage == Stage.SURVEYING:
        return document.survey() if was_asked(tx.session, call) else document.farewell()
    if stage == Stage.OFFERING:
        return document.offer_message()
    if stage == Stage.KEYING:
        if call.keyed_number:
            return document.read_number_back()
        return document.ask_number("nobody_anonymous" if call.in_hours else "ask_number")
    if stage == Stage.RECORDING:
        return document.record(introduced=False)
    if stage == Stage.CONFIRMING:
        return document.message_noted() if call.voicemail_id else document.callback_noted()
    document.response.hangup()
    return document.response
