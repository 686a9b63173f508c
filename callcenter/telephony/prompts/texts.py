"""What does the line say? Every sentence, in Dutch and English side by side, with its named variables.

The house rules: the news first, then the choice; never more than three choices; formal *u* to callers, *je* to
consultants; no names or numbers in text messages; each about eight seconds at most.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Audience = Literal["caller", "consultant", "sms"]


@dataclass(frozen=True, slots=True)
class Text:
    """One prompt in both languages; `{name}` marks a variable, the same ones in both."""

    nl: str
    en: str


CALLER: Mapping[str, Text] = {
    "greeting_morning": Text(
        "Goedemorgen, u belt met het RBL. Ik zoek een collega voor u.",
        "Good morning, this is the RBL. I am finding a colleague for you.",
    ),
    "greeting_afternoon": Text(
        "Goedemiddag, u belt met het RBL. Ik zoek een collega voor u.",
        "Good afternoon, this is the RBL. I am finding a colleague for you.",
    ),
    "greeting_evening": Text(
        "Goedenavond, u belt met het RBL. Ik zoek een collega voor u.",
        "Good evening, this is the RBL. I am finding a colleague for you.",
    ),
    # `greeting` is the word of the hour, so that a known school is welcomed by name.
    "greeting_school": Text(
        "{greeting}, {school}. Ik zoek een collega voor u.",
        "{greeting}, {school}. I am finding a colleague for you.",
    ),
    # Nobody can be rung at all: the greeting promises no search.
    "greeting_short": Text("{greeting}, u belt met het RBL.", "{greeting}, this is the RBL."),
    # Said in the language it offers.
    "language_choice": Text("Voor Nederlands, toets 9.", "For English, press 9."),
    "hold_first": Text(
        "Wilt u niet wachten? Toets 1, dan bellen wij u terug. Toets 2 om een bericht in te spreken.",
        "Rather not wait? Press 1 and we call you back. Press 2 to leave a message.",
    ),
    "hold_later": Text(
        "We zoeken nog. Toets 1 om teruggebeld te worden.", "Still looking. Press 1 to be called back."
    ),
    "connecting": Text("Ik verbind u door.", "Connecting you now."),
    # `when` is a promise: "vandaag vóór half drie".
    "nobody": Text(
        "Het lukt nu niet om u door te verbinden. We bellen u {when} terug op dit nummer.",
        "We cannot connect you now. We will call you back {when} on this number.",
    ),
    "nobody_anonymous": Text(
        "Het lukt nu niet, en we zien uw nummer niet. Toets uw nummer in en sluit af met een hekje.",
        "We cannot connect you, and cannot see your number. Key it in, then press hash.",
    ),
    # For a caller whom we may not call back, abroad for example.
    "nobody_message": Text("Het lukt nu niet om u door te verbinden.", "We cannot connect you now."),
    "callback_noted": Text("Genoteerd. U wordt {when} gebeld.", "Noted. We will call you {when}."),
    "ask_number": Text(
        "We zien uw nummer niet. Toets uw nummer in en sluit af met een hekje.",
        "We cannot see your number. Key it in, then press hash.",
    ),
    "number_wrong": Text(
        "Dat nummer klopt niet. Toets uw nummer met kengetal in en sluit af met een hekje.",
        "That is not a valid number. Key it in with its area code, then press hash.",
    ),
    "number_refused": Text(
        "Naar dat nummer kunnen we niet bellen. Toets een ander nummer in en sluit af met een hekje.",
        "We cannot call that number. Key in another one, then press hash.",
    ),
    # `number` is spoken digit by digit; the promise follows as callback_noted.
    "number_noted": Text("Uw nummer is {number}.", "Your number is {number}."),
    "closed": Text(
        "U belt buiten onze openingstijden. We zijn er weer {opening}. Direct gevaar? Bel 112.",
        "We are closed. We are back {opening}. Immediate danger? Call 112.",
    ),
    "closed_early": Text(
        "Vandaag zijn we eerder gesloten. We zijn er weer {opening}. Direct gevaar? Bel 112.",
        "We closed early today. We are back {opening}. Immediate danger? Call 112.",
    ),
    "closed_holiday": Text(
        "Wegens {holiday} zijn we dicht. We zijn er weer {opening}. Direct gevaar? Bel 112.",
        "We are closed for {holiday}. We are back {opening}. Immediate danger? Call 112.",
    ),
    # When the rota knows no next opening.
    "closed_unknown": Text(
        "U belt buiten onze openingstijden. Direct gevaar? Bel 112.",
        "We are closed. Immediate danger? Call 112.",
    ),
    "closed_choice": Text(
        "Toets 1, dan bellen we u terug als we er weer zijn. Toets 2 om een bericht in te spreken.",
        "Press 1 and we call you when we are back. Press 2 to leave a message.",
    ),
    "record_now": Text(
        "Spreek na de toon in waar het over gaat, of hang op.",
        "Tell us after the tone what it is about, or hang up.",
    ),
    "message_noted": Text(
        "Dank u, uw bericht is bewaard. U wordt {when} gebeld.",
        "Thank you, your message is saved. We will call you {when}.",
    ),
    "message_noted_anonymous": Text("Dank u, uw bericht is bewaard.", "Thank you, your message is saved."),
    "message_again": Text("Toets 1 om opnieuw in te spreken.", "Press 1 to record again."),
    "nothing_recorded": Text(
        "We hebben niets gehoord. Spreek na de toon in, of hang op.",
        "We heard nothing. Speak after the tone, or hang up.",
    ),
    "wrong_key": Text("Die keuze kennen we niet.", "That is not one of the choices."),
    "survey": Text(
        "Eén vraag: was het RBL voor u goed bereikbaar? Toets 1 voor ja, 2 voor nee.",
        "One question: was the RBL easy to reach? Press 1 for yes, 2 for no.",
    ),
    "survey_thanks": Text("Dank u wel. Tot ziens.", "Thank you. Goodbye."),
    "goodbye": Text("Dank u wel voor het bellen. Tot ziens.", "Thank you for calling. Goodbye."),
    "failure": Text(
        "Er gaat bij ons iets mis. Spreek uw naam en nummer in na de toon, dan bellen we u terug.",
        "Something is wrong on our side. Leave your name and number after the tone and we call you back.",
    ),
    "number_not_in_use": Text("Dit nummer is niet in gebruik.", "This number is not in use."),
    "too_many_calls": Text(
        "Er lopen al meerdere gesprekken vanaf dit nummer. Belt u straks nog eens.",
        "Several calls from this number are already in progress. Please try again later.",
    ),
    "caller_callback_intro": Text(
        "U spreekt met het RBL. U had ons gebeld. Ik verbind u door met een collega.",
        "This is the RBL. You called us. I am connecting you to a colleague.",
    ),
}

CONSULTANT: Mapping[str, Text] = {
    "screening": Text(
        "{caller}. Toets 1 om het gesprek aan te nemen.",
        "{caller}. Press 1 to take the call.",
    ),
    "screening_one_of": Text(
        "Een van {count} scholen{where}. Toets 1 om het gesprek aan te nemen.",
        "One of {count} schools{where}. Press 1 to take the call.",
    ),
    "screening_unknown": Text(
        "Een beller. Toets 1 om het gesprek aan te nemen.",
        "A caller. Press 1 to take the call.",
    ),
    # Somebody dialled `consultant` directly and nobody answered there.
    "screening_rescued": Text(
        "{caller}, belde {consultant} rechtstreeks. Toets 1 om het gesprek aan te nemen.",
        "{caller}, who dialled {consultant} directly. Press 1 to take the call.",
    ),
    # Before the choice, when something else is open for the number of whoever calls: "Er staat nog een bericht van deze
    # school." The key follows as wrong_key_consultant.
    "screening_who": Text("{caller}.", "{caller}."),
    "screening_who_rescued": Text(
        "{caller}, belde {consultant} rechtstreeks.", "{caller}, who dialled {consultant} directly."
    ),
    "screening_open_one": Text("Er staat nog {what} van {who}.", "There is still {what} from {who}."),
    "screening_open_more": Text("Er staan nog {what} van {who}.", "There are still {what} from {who}."),
    "already_taken": Text("Een collega was je voor. Dank je.", "A colleague was first. Thanks."),
    "caller_gone": Text("De beller heeft opgehangen. Dank je.", "The caller has hung up. Thanks."),
    "declined": Text("Goed, ik vraag een collega.", "Fine, I will ask a colleague."),
    "wrong_key_consultant": Text("Toets 1 om het gesprek aan te nemen.", "Press 1 to take the call."),
    "consultant_wait": Text("Ik verbind je.", "Connecting you."),
    "callback_screening": Text(
        "Terugbellen: {caller}, over {reason}. Toets 1, dan verbind ik je.",
        "Call back: {caller}, about {reason}. Press 1 and I connect you.",
    ),
    "callback_connecting": Text("Ik bel {caller}.", "Calling {caller}."),
    "callback_unanswered": Text("Er wordt niet opgenomen.", "Nobody answers."),
    "callback_result": Text(
        "Toets 1 voor gesproken, 2 voor niet bereikt, 3 voor ingesproken.",
        "Press 1 for spoken to, 2 for not reached, 3 for message left.",
    ),
    "callback_result_noted": Text("Genoteerd. Dank je.", "Noted. Thanks."),
    "callback_over": Text("Dit hoeft niet meer. Dank je.", "No need any more. Thanks."),
}

SMS: Mapping[str, Text] = {
    "sms_presence_until": Text("Je staat op {state} tot {until}.", "You are {state} until {until}."),
    "sms_presence": Text("Je staat op {state}.", "You are {state}."),
    "sms_on_duty": Text("Nu in dienst: {names}.", "On duty now: {names}."),
    "sms_nobody_on_duty": Text("Er is nu niemand in dienst.", "Nobody is on duty now."),
    "sms_help": Text(
        "Stuur: beschikbaar, bezet 30, pauze 15, afwezig of wie. Het getal is het aantal minuten.",
        "Send: available, busy 30, break 15, away or who. The number is in minutes.",
    ),
    "sms_not_understood": Text(
        "Dat begrijp ik niet. Stuur help voor de mogelijkheden.",
        "I do not understand that. Send help for what is possible.",
    ),
    "sms_other": Text(
        "Dit nummer leest geen sms. Bel ons op dit nummer, dan helpt een collega u graag.",
        "This number does not read text messages. Please call it and a colleague will gladly help you.",
    ),
}

TEXTS: Mapping[str, Text] = {**CALLER, **CONSULTANT, **SMS}


def audience(key: str) -> Audience:
    """Who hears or reads the prompt with this key."""
    return "caller" if key in CALLER else "consultant" if key in CONSULTANT else "sms"
