"""The texts for the team lead about limits that were reached, in both languages. They have no number."""

from collections.abc import Mapping

_REACHED: Mapping[str, tuple[str, str]] = {
    "contact": (
        "Een bekend nummer belde vaak zonder antwoord en wordt dit uur niet doorverbonden",
        "A known number rang often without an answer and is not put through this hour",
    ),
    "withheld": (
        "Veel anonieme bellers zonder antwoord: zij worden dit uur niet doorverbonden",
        "Many withheld callers without an answer: they are not put through this hour",
    ),
    "withheld_at_once": (
        "Veel anonieme bellers tegelijk: een deel werd niet doorverbonden",
        "Many withheld callers at once: some were not put through",
    ),
    "keyed": (
        "Er werden veel nummers ingetoetst om terug te bellen: bellers spreken dit uur een bericht in",
        "Many numbers were keyed in to be called back: callers leave a message this hour",
    ),
    "colleagues": (
        "Het uurmaximum aan oproepen naar consulenten is bereikt: niemand wordt nu doorverbonden",
        "As many mobiles were rung as an hour allows: nobody is put through now",
    ),
    "callers": (
        "Het uurmaximum aan terugbelgesprekken is bereikt: er kan even niet worden teruggebeld",
        "As many callers were rung back as an hour allows: nobody can be rung back now",
    ),
}


def limit_reached(limit: str, locale: str, public_url: str) -> str:
    """What happened, and where to look. limit: a label of `callcenter_calls_limited_total`, or `callers`."""
    dutch, english = _REACHED[limit]
    link = f"{public_url}/terugbellen" if limit in ("keyed", "callers") else f"{public_url}/oproepen"
    return f"{english if locale == 'en' else dutch}: {link}"
