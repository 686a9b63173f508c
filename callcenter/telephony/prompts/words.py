"""The product's own terms as they are spoken: holidays, presence states, callback reasons and groups of callers."""

from collections.abc import Mapping

from callcenter.telephony.prompts.numerals import number_words

_HOLIDAYS: Mapping[str, Mapping[str, str]] = {
    "nl": {
        "new_year": "nieuwjaarsdag",
        "good_friday": "Goede Vrijdag",
        "easter_sunday": "eerste paasdag",
        "easter_monday": "tweede paasdag",
        "kings_day": "Koningsdag",
        "liberation_day": "Bevrijdingsdag",
        "ascension_day": "Hemelvaartsdag",
        "whit_sunday": "eerste pinksterdag",
        "whit_monday": "tweede pinksterdag",
        "christmas_day": "eerste kerstdag",
        "boxing_day": "tweede kerstdag",
    },
    "en": {
        "new_year": "New Year's Day",
        "good_friday": "Good Friday",
        "easter_sunday": "Easter Sunday",
        "easter_monday": "Easter Monday",
        "kings_day": "King's Day",
        "liberation_day": "Liberation Day",
        "ascension_day": "Ascension Day",
        "whit_sunday": "Whit Sunday",
        "whit_monday": "Whit Monday",
        "christmas_day": "Christmas Day",
        "boxing_day": "Boxing Day",
    },
}
_PRESENCE: Mapping[str, Mapping[str, str]] = {
    "nl": {"available": "beschikbaar", "busy": "bezet", "break": "pauze", "away": "afwezig"},
    "en": {"available": "available", "busy": "busy", "break": "on a break", "away": "away"},
}
_REASONS: Mapping[str, Mapping[str, str]] = {
    "nl": {
        "missed": "een gemiste oproep",
        "abandoned": "een afgebroken oproep",
        "voicemail": "een ingesproken bericht",
        "requested": "een terugbelverzoek",
        "closed": "een oproep buiten openingstijd",
        "reconciled": "een gemiste oproep",
        "manual": "een notitie",
    },
    "en": {
        "missed": "a missed call",
        "abandoned": "an abandoned call",
        "voicemail": "a message",
        "requested": "a request to be called",
        "closed": "a call out of hours",
        "reconciled": "a missed call",
        "manual": "a note",
    },
}
_GROUPS: Mapping[str, Mapping[str, str]] = {
    "nl": {"school": "een school", "partner": "een partner", "parent": "een ouder", "youth": "een jongere"},
    "en": {"school": "a school", "partner": "a partner", "parent": "a parent", "youth": "a young person"},
}
_ANYONE = {"nl": "een beller", "en": "a caller"}


def holiday_name(code: str, language: str) -> str:
    """A public holiday's name by its code in the rota's policy. An unknown code becomes "a public holiday"."""
    return _HOLIDAYS[language].get(code, {"nl": "een feestdag", "en": "a public holiday"}[language])


def presence_word(state: str, language: str) -> str:
    """The word for a presence state: `available`, `busy`, `break` or `away`."""
    return _PRESENCE[language][state]


def callback_reason(reason: str, language: str) -> str:
    """The reason of a callback, as it follows "about". An unknown one becomes "a missed call"."""
    return _REASONS[language].get(reason, _REASONS[language]["missed"])


def anonymous_caller(group: str, language: str) -> str:
    """A caller without a name, by group; "a caller" when the group is unknown too."""
    return _GROUPS[language].get(group, _ANYONE[language])


def anybody(language: str) -> str:
    """A caller about whom nothing is known, as the subject of a sentence."""
    return {"nl": "iemand", "en": "somebody"}[language]


def this_number(is_one_school: bool, language: str) -> str:
    """The source of a message, as it follows "from": this school, or this number when several contacts share it."""
    if is_one_school:
        return {"nl": "deze school", "en": "this school"}[language]
    return {"nl": "dit nummer", "en": "this number"}[language]


def open_words(messages: int, requested: bool, language: str) -> tuple[str, bool]:
    """What is open for a number, `twee berichten en een terugbelverzoek`, and whether that is several items."""
    one, more, request, and_ = {
        "nl": ("een bericht", "berichten", "een terugbelverzoek", "en"),
        "en": ("a message", "messages", "a request to be called back", "and"),
    }[language]
    parts = []
    if messages:
        parts.append(one if messages == 1 else f"{number_words(messages, language)} {more}")
    if requested:
        parts.append(request)
    return f" {and_} ".join(parts), messages + requested > 1
