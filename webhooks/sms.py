"""Text messages to a line: consultants set their presence; everybody else gets a standard reply."""

from datetime import timedelta

from twilio.twiml.messaging_response import MessagingResponse

from callcenter.access.audit import note
from callcenter.errors import InvalidInput
from callcenter.notify.text_stops import note_started
from callcenter.numbers import caller_number
from callcenter.presence.eligibility import State
from callcenter.presence.text_commands import START_WORDS, TWILIO_WORDS, Command, understand
from callcenter.rota.duty import present
from callcenter.rota.model import Consultant, Rota
from callcenter.routing.change_presence import change_presence
from callcenter.routing.transaction import CallTransaction
from callcenter.telephony.prompts import write
from callcenter.telephony.prompts.moments import written_time
from callcenter.telephony.prompts.words import presence_word
from webhooks.door import Answer, TwilioRequest, webhook


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
        reply.message(write("sms_other", request.office.settings.locale))
        return reply
    command = understand(body)
    reply.message(_reply(tx, tx.rota, consultant, command, request.office.settings.locale))
    return reply


def _sender(rota: Rota | None, from_: str) -> Consultant | None:
    number = caller_number(from_)
    if rota is None or number is None:
        return None
    return next((c for c in rota.consultants.values() if c.mobile == number), None)


def _reply(tx: CallTransaction, rota: Rota, consultant: Consultant, command: Command | None, locale: str) -> str:
    if command is None:
        return write("sms_not_understood", locale)
    if command.verb == "help":
        return write("sms_help", locale)
    if command.verb == "who":
        names = [rota.consultants[person.consultant].name for person in present(rota, tx.now)]
        if not names:
            return write("sms_nobody_on_duty", command.locale)
        return write("sms_on_duty", command.locale, names=", ".join(names))
    return _set_presence(tx, rota, consultant, command.verb, command)


def _set_presence(tx: CallTransaction, rota: Rota, consultant: Consultant, state: State, command: Command) -> str:
    until = None
    if command.minutes is not None and state != "available":
        until = tx.now + timedelta(minutes=command.minutes)
    try:
        end = change_presence(tx.session, rota, consultant.code, state, until, tx.now)
    except InvalidInput:
        return write("sms_not_understood", command.locale)
    note(tx.session, tx.now, consultant.code, "presence_set", f"consultant:{consultant.code}", state=state)
    word = presence_word(state, command.locale)
    if end is None:
        return write("sms_presence", command.locale, state=word)
    return write("sms_presence_until", command.locale, state=word, until=written_time(end, command.locale, rota.zone))
