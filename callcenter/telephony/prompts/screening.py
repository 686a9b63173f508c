"""The prompts for a consultant who picks up: who is calling, as far as the number shows, and the choice of keys."""

from collections.abc import Sequence
from dataclasses import dataclass

from callcenter.telephony.prompts.names import spoken_caller, spoken_place
from callcenter.telephony.prompts.numerals import number_words
from callcenter.telephony.prompts.speaking import Prompt, say, write
from callcenter.telephony.prompts.words import anonymous_caller, anybody, callback_reason, open_words, this_number

# Eight seconds at fifteen characters a second.
LONGEST = 120


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller according to the directory. names: of all contacts with this number; place: the one they share."""

    group: str
    names: Sequence[str] = ()
    place: str | None = None


def caller_words(caller: Caller, locale: str, room: int = LONGEST // 2, between: str = ", ") -> str:
    """The caller in a few words: `De Velduil, Houten`, `een van elf scholen in Geldermalsen`, `een ouder`.

    room: the longest result, in characters. A name loses whole parts to fit, and is never cut within a part.
    """
    if len(caller.names) == 1:
        return spoken_caller(caller.names[0], caller.place, room, between)
    if caller.names and caller.group == "school":
        count, where = number_words(len(caller.names), locale), _where(caller)
        return f"een van {count} scholen{where}" if locale == "nl" else f"one of {count} schools{where}"
    return anonymous_caller(caller.group, locale)


def screening(caller: Caller, locale: str, dialled: str | None = None) -> Prompt:
    """The question before a consultant takes a call. dialled: the consultant whom the caller rang directly."""
    if dialled:
        room = _room("screening_rescued", locale, consultant=dialled)
        return say("screening_rescued", locale, caller=_who_dialled(caller, locale, room), consultant=dialled)
    if len(caller.names) > 1 and caller.group == "school":
        count = number_words(len(caller.names), locale)
        return say("screening_one_of", locale, count=count, where=_where(caller))
    if not caller.names and caller.group == "unknown":
        return say("screening_unknown", locale)
    return say("screening", locale, caller=caller_words(caller, locale, _room("screening", locale)))


def colleague_screening(name: str, locale: str) -> Prompt:
    """The question when another consultant calls the line. name: the first name of that colleague."""
    return say("screening_colleague", locale, consultant=name)


def screening_with_open(
    caller: Caller, messages: int, requested: bool, locale: str, dialled: str | None = None
) -> Sequence[Prompt]:
    """The question when the number also has unheard messages or an open callback request.

    messages: how many are unheard; requested: whether a callback was requested by key.
    """
    still, choice = _still_open(caller, messages, requested, locale), say("screening_choice", locale)
    room = LONGEST - len(f" {still.text} {choice.text}")
    if dialled:
        room -= len(write("screening_who_rescued", locale, caller="", consultant=dialled))
        words = _who_dialled(caller, locale, room)
        named = say("screening_who_rescued", locale, caller=words, consultant=dialled)
    else:
        room -= len(write("screening_who", locale, caller=""))
        named = say("screening_who", locale, caller=caller_words(caller, locale, room))
    return named, still, choice


def _still_open(caller: Caller, messages: int, requested: bool, locale: str) -> Prompt:
    what, are_more = open_words(messages, requested, locale)
    if messages and requested:
        return say("screening_open_both", locale, what=what)
    is_one_school = caller.group == "school" and len(caller.names) <= 1
    key = "screening_open_more" if are_more else "screening_open_one"
    return say(key, locale, what=what, who=this_number(is_one_school, locale))


def _who_dialled(caller: Caller, locale: str, room: int) -> str:
    """The caller as the subject of "dialled Bram directly": `De Velduil uit Houten`, `iemand`."""
    if not caller.names and caller.group == "unknown":
        return anybody(locale)
    return caller_words(caller, locale, room, " uit " if locale == "nl" else " in ")


def callback_screening(caller: Caller, reason: str, locale: str) -> Prompt:
    """The question before a callback is dialled. reason: the callback's stored reason."""
    about = callback_reason(reason, locale)
    words = caller_words(caller, locale, _room("callback_screening", locale, reason=about))
    return say("callback_screening", locale, caller=words, reason=about)


def _room(key: str, locale: str, **others: str) -> int:
    """How many characters a prompt leaves for the caller's name."""
    return LONGEST - len(write(key, locale, caller="", **others))


def _where(caller: Caller) -> str:
    return f" in {spoken_place(caller.place)}" if caller.place else ""
