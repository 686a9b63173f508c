"""Text messages to a line: consultants set their presence; a Dutch mobile that we do not know gets a standard reply.

The sender of a text can be forged. What a text may change is in presence/by_text.py; replies are limited, because each
of them costs money and may go to somebody who sent nothing, or to another machine that answers.
"""

from twilio.twiml.messaging_response import MessagingResponse

from callcenter.access.audit import note
from callcenter.errors import InvalidInput
from callcenter.notify.channels import to_lead
from callcenter.notify.text_stops import note_started
from callcenter.notify.wording import text_refused
from callcenter.numbers import caller_number, is_dutch_mobile
from callcenter.presence.by_text import asked_end, leaves_too_few
from callcenter.presence.claims import person_states
from callcenter.presence.eligibility import State
from callcenter.presence.text_commands import START_WORDS, TWILIO_WORDS, Command, understand
from callcenter.rota.duty import present, timeline
from callcenter.rota.model import Consultant, Rota
from callcenter.routing.change_presence import change_presence
from callcenter.routing.transaction import CallTransaction
from callcenter.storage.system_facts import store_fact
from callcenter.telephony.outbox import enqueue
from callcenter.telephony.prompts import write
from callcenter.telephony.prompts.moments import written_time
from callcenter.telephony.prompts.words import presence_word
from webhooks.door import Answer, TwilioRequest, webhook
from webhooks.tickets import DAY, HOUR, take_ticket

# Replies within an hour: to one consultant, and to all strangers together.
REPLIES_TO_CONSULTANT = 30
REPLIES_TO_STRANGERS = 30
_LOCK = "presence_by_text"


@webhook("/webhooks/sms", name="sms")
def text_message(request: TwilioRequest) -> Answer:
    """A text message came in on a line."""
    tx = CallTransaction(request.session, request.now, request.batch)
    reply = MessagingResponse()
    body = request.params.get("Body", "")
    word = body.strip().casefold()
    consultant = _sender(tx.rota, request.params.get("From", ""))
    if word in START_WORDS and consultant is not None:
        note_started(tx.session, consultant.code, caller_number(request.params.get("To")))
    if word in TWILIO_WORDS:
        return reply
    if consultant is None or tx.rota is None:
        if _may_answer_stranger(request):
            reply.message(write("sms_other", request.office.settings.locale))
        return reply
    answer = _reply(request, tx, tx.rota, consultant, understand(body))
    if take_ticket(request, f"reply\n{consultant.code}", HOUR, REPLIES_TO_CONSULTANT):
        reply.message(answer)
    return reply


def _may_answer_stranger(request: TwilioRequest) -> bool:
    """Once a day for each number, and only to Dutch mobiles: never abroad, nor to a name or a short number."""
    number = caller_number(request.params.get("From"))
    return (
        number is not None
        and is_dutch_mobile(number)
        and take_ticket(request, f"stranger\n{number}", DAY)
        and take_ticket(request, "strangers", HOUR, REPLIES_TO_STRANGERS)
    )


def _sender(rota: Rota | None, from_: str) -> Consultant | None:
    number = caller_number(from_)
    if rota is None or number is None:
        return None
    return next((c for c in rota.consultants.values() if c.mobile == number), None)


def _reply(
    request: TwilioRequest, tx: CallTransaction, rota: Rota, consultant: Consultant, command: Command | None
) -> str:
    locale = request.office.settings.locale
    if command is None:
        return write("sms_not_understood", locale)
    if command.verb == "help":
        return write("sms_help", locale)
    if command.verb == "who":
        names = [rota.consultants[person.consultant].name for person in present(rota, tx.now)]
        if not names:
            return write("sms_nobody_on_duty", command.locale)
        return write("sms_on_duty", command.locale, names=", ".join(names))
    return _set_presence(request, tx, rota, consultant, command.verb, command)


def _set_presence(
    request: TwilioRequest, tx: CallTransaction, rota: Rota, consultant: Consultant, state: State, command: Command
) -> str:
    page = request.url("/mijn")
    until, shortened = asked_end(state, command.minutes, tx.now, rota.policy.presence)
    if until is not None:
        # The row stays locked until the commit: of two texts at once, the second sees what the first one changed.
        store_fact(tx.session, _LOCK, {}, tx.now)
        duties, states = timeline(rota, tx.now, until), person_states(tx.session)
        if leaves_too_few(duties, states, consultant.code, tx.now, until, rota.policy.presence.min_available):
            _refuse(request, tx, rota, consultant, state)
            return write("sms_too_few", command.locale, link=page)
    try:
        end = change_presence(tx.session, rota, consultant.code, state, until, tx.now)
    except InvalidInput:
        return write("sms_not_understood", command.locale)
    note(tx.session, tx.now, _by_text(consultant), "presence_set", f"consultant:{consultant.code}", state=state)
    word = presence_word(state, command.locale)
    if end is None:
        return write("sms_presence", command.locale, state=word)
    when = written_time(end, command.locale, rota.zone)
    answer = write("sms_presence_until", command.locale, state=word, until=when)
    # A shift that ends earlier is the reason then, and the page would not change that.
    return f"{answer} {write('sms_longer', command.locale, link=page)}" if shortened and end == until else answer


def _refuse(request: TwilioRequest, tx: CallTransaction, rota: Rota, consultant: Consultant, state: State) -> None:
    """Note it for the audit log, and tell the team lead once a day."""
    note(tx.session, tx.now, _by_text(consultant), "presence_refused", f"consultant:{consultant.code}", state=state)
    settings = request.office.settings
    body = text_refused(settings.locale, settings.public_url)
    key = f"text_refused:{tx.now.astimezone(rota.zone).date().isoformat()}"
    enqueue(tx.session, tx.now, *to_lead(body=body, channels=len(settings.notify_urls), dedupe_key=key))


def _by_text(consultant: Consultant) -> str:
    """The actor in the audit log: a text proves little about who sent it."""
    return f"{consultant.code} (sms)"
