"""All prompts of the line, in Dutch and English side by side, with named variables.

Rules for a prompt: the news before the choice; the action before its key ("Om teruggebeld te worden, toets 1"), because
listeners forget a key that comes first; at most three choices; *u* to callers, *je* to consultants; no names or numbers
in text messages; under eight seconds.
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
    # `greeting`: `Goedemorgen`, by the hour. For a known school.
    "greeting_school": Text(
        "{greeting} {school}, u belt met het RBL. Ik zoek een collega voor u.",
        "{greeting}, {school}. This is the RBL. I am finding a colleague for you.",
    ),
    # When the line is closed or nobody can be rung: no search is promised.
    "greeting_short": Text("{greeting}, u belt met het RBL.", "{greeting}, this is the RBL."),
    # Spoken in the language that it offers.
    "language_choice": Text("Voor Nederlands, toets 9.", "For English, press 9."),
    "hold_first": Text(
        "Wilt u niet wachten? Om teruggebeld te worden, toets 1. Om een bericht in te spreken, toets 2.",
        "Rather not wait? To be called back, press 1. To leave a message, press 2.",
    ),
    "hold_later": Text(
        "We zoeken nog. Om teruggebeld te worden, toets 1.", "Still looking. To be called back, press 1."
    ),
    # Only when everybody on duty is in a conversation.
    "all_talking": Text(
        "Alle collega's zijn in gesprek. Om teruggebeld te worden, toets 1.",
        "All colleagues are on the phone. To be called back, press 1.",
    ),
    "all_talking_first": Text(
        "Alle collega's zijn in gesprek. U bent de eerste die we helpen. Om teruggebeld te worden, toets 1.",
        "All colleagues are on the phone. You are the first we will help. To be called back, press 1.",
    ),
    "connecting": Text("Ik verbind u door.", "Connecting you now."),
    "nobody_message": Text("Het lukt nu niet om u door te verbinden.", "We cannot connect you now."),
    # `when`: "vandaag vóór half drie". Only for a number that we may call back, so not for one abroad, for example.
    "nobody_promise": Text(
        "We bellen u {when} terug op het nummer waarmee u belt.",
        "We will call you back {when} on the number you are calling from.",
    ),
    "nobody_anonymous": Text(
        "Het lukt nu niet om u door te verbinden en we zien uw nummer niet. "
        "Toets uw nummer in en sluit af met een hekje.",
        "We cannot connect you now, and cannot see your number. Key it in, then press hash.",
    ),
    "callback_noted": Text("Genoteerd. U wordt {when} gebeld.", "Noted. We will call you {when}."),
    "ask_number": Text(
        "We zien uw nummer niet. Toets uw nummer in en sluit af met een hekje.",
        "We cannot see your number. Key it in, then press hash.",
    ),
    "number_wrong": Text(
        "Dat nummer klopt niet. Toets uw hele nummer in, met de nul vooraan, en sluit af met een hekje.",
        "That number is not right. Key in the whole number, beginning with zero, then press hash.",
    ),
    "number_refused": Text(
        "Dat nummer kunnen we niet bellen. Toets een ander nummer in en sluit af met een hekje.",
        "We cannot call that number. Key in another one, then press hash.",
    ),
    # `number`: digit by digit.
    "number_check": Text(
        "U toetste {number}. Klopt dat, toets 1. Anders toets 2.",
        "You keyed {number}. If that is right, press 1. If not, press 2.",
    ),
    "number_again": Text(
        "Toets uw nummer opnieuw in en sluit af met een hekje.", "Key your number in again, then press hash."
    ),
    # When number_check is not answered. callback_noted follows, so the promise always comes with its number.
    "number_noted": Text("We bellen u op {number}.", "We will call you on {number}."),
    # After greeting_short.
    "closed": Text(
        "We zijn nu gesloten. {opening} zijn we er weer.",
        "We are closed. We are back {opening}.",
    ),
    "closed_early": Text(
        "Vandaag zijn we eerder gesloten. {opening} zijn we er weer.",
        "We closed early today. We are back {opening}.",
    ),
    "closed_holiday": Text(
        "Wegens {holiday} zijn we gesloten. {opening} zijn we er weer.",
        "We are closed for {holiday}. We are back {opening}.",
    ),
    # When the rota has no next opening.
    "closed_unknown": Text("We zijn nu gesloten.", "We are closed."),
    # Before the choices, so that a caller who presses a key at once has heard it.
    "closed_danger": Text("Is er direct gevaar? Bel 112.", "Immediate danger? Call 112."),
    "closed_choice": Text(
        "Om teruggebeld te worden, toets 1. Of spreek uw bericht in na de toon.",
        "To be called back, press 1. Or leave your message after the tone.",
    ),
    "record_now": Text(
        "Spreek na de toon in waar het over gaat, of hang op.",
        "Tell us after the tone what it is about, or hang up.",
    ),
    # When we have no number that we can call back.
    "record_unknown": Text(
        "Spreek na de toon uw naam, uw nummer en uw vraag in, dan bellen we u terug.",
        "After the tone, say your name, your number and your question, and we will call you back.",
    ),
    "message_noted": Text(
        "Dank u, uw bericht is bewaard. U wordt {when} gebeld.",
        "Thank you, your message is saved. We will call you {when}.",
    ),
    "message_noted_anonymous": Text("Dank u, uw bericht is bewaard.", "Thank you, your message is saved."),
    "message_again": Text("Om opnieuw in te spreken, toets 1.", "To record again, press 1."),
    "nothing_recorded": Text(
        "We hebben niets gehoord. Spreek na de toon in, of hang op.",
        "We heard nothing. Speak after the tone, or hang up.",
    ),
    "wrong_key": Text("Die keuze kennen we niet.", "That is not one of the choices."),
    "survey": Text(
        "Eén vraag: was het RBL voor u goed bereikbaar? Voor ja, toets 1. Voor nee, toets 2.",
        "One question: was the RBL easy to reach? For yes, press 1. For no, press 2.",
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
}

CONSULTANT: Mapping[str, Text] = {
    "screening": Text(
        "{caller}. Om het gesprek aan te nemen, toets 1.",
        "{caller}. To take the call, press 1.",
    ),
    "screening_one_of": Text(
        "Een van {count} scholen{where}. Om het gesprek aan te nemen, toets 1.",
        "One of {count} schools{where}. To take the call, press 1.",
    ),
    "screening_unknown": Text(
        "Een beller. Om het gesprek aan te nemen, toets 1.",
        "A caller. To take the call, press 1.",
    ),
    # The caller dialled `consultant` directly, and nobody answered there.
    "screening_rescued": Text(
        "{caller} belde {consultant} rechtstreeks. Om het gesprek aan te nemen, toets 1.",
        "{caller} dialled {consultant} directly. To take the call, press 1.",
    ),
    # Another consultant calls the line.
    "screening_colleague": Text(
        "Je collega {consultant}. Om het gesprek aan te nemen, toets 1.",
        "Your colleague {consultant}. To take the call, press 1.",
    ),
    # Before the choice, when the caller's number has something else open: "Er staat nog een bericht van deze school."
    # The choice is shorter then, so that the whole stays within eight seconds.
    "screening_who": Text("{caller}.", "{caller}."),
    "screening_who_rescued": Text(
        "{caller} belde {consultant} rechtstreeks.", "{caller} dialled {consultant} directly."
    ),
    "screening_open_one": Text("Er staat nog {what} van {who}.", "There is still {what} from {who}."),
    "screening_open_more": Text("Er staan nog {what} van {who}.", "There are still {what} from {who}."),
    # Messages and a callback request: too long to name the school as well.
    "screening_open_both": Text("Er staan nog {what}.", "There are still {what}."),
    "screening_choice": Text("Om aan te nemen, toets 1.", "To take it, press 1."),
    "already_taken": Text("Een collega was je voor. Dank je.", "A colleague was first. Thanks."),
    "caller_gone": Text("De beller heeft opgehangen. Dank je.", "The caller has hung up. Thanks."),
    "declined": Text("Goed, ik vraag een collega.", "Fine, I will ask a colleague."),
    "wrong_key_consultant": Text("Om het gesprek aan te nemen, toets 1.", "To take the call, press 1."),
    "consultant_wait": Text("Ik verbind je.", "Connecting you."),
    "callback_screening": Text(
        "Terugbellen: {caller}, over {reason}. Om te bellen, toets 1.",
        "Call back: {caller}, about {reason}. To call, press 1.",
    ),
    "wrong_key_callback": Text("Om te bellen, toets 1.", "To call, press 1."),
    "callback_connecting": Text("Ik bel {caller}.", "Calling {caller}."),
    "callback_unanswered": Text("Er wordt niet opgenomen.", "Nobody answers."),
    "callback_result": Text(
        "Gesproken: toets 1. Niet bereikt: toets 2. Bericht ingesproken: toets 3.",
        "Spoken to: press 1. Not reached: press 2. Message left: press 3.",
    ),
    "callback_result_noted": Text("Genoteerd. Dank je.", "Noted. Thanks."),
    "callback_over": Text("Dit hoeft niet meer. Dank je.", "No need any more. Thanks."),
}

SMS: Mapping[str, Text] = {
    "sms_presence_until": Text("Je staat op {state} tot {until}.", "You are {state} until {until}."),
    "sms_presence": Text("Je staat op {state}.", "You are {state}."),
    # After sms_presence_until, when the text asked for more.
    "sms_longer": Text("Ga naar {link} voor langer dan twee uur.", "Go to {link} for more than two hours."),
    "sms_too_few": Text(
        "Dat kan niet per sms: er blijven te weinig collega's over. Ga naar {link} om het toch te doen.",
        "Not by text: too few colleagues would be left. Go to {link} to do it all the same.",
    ),
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
    "sms_survey": Text(
        "Het RBL: u belde ons. Was het RBL voor u goed bereikbaar? Antwoord hier: {link} Geen sms meer? Stuur STOP.",
        "The RBL: you rang us. Was the RBL easy to reach? Answer here: {link} No more texts? Send STOP.",
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
