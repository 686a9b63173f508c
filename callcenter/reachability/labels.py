"""The values of the metrics' labels. They are fixed sets, so no series names a person, a school or a number."""

from callcenter.callbacks.rules import LIVE, REASONS, STATES

GROUPS = ("school", "partner", "parent", "youth", "unknown")
OUTCOMES = (
    "answered",
    "voicemail",
    "callback_requested",
    "missed",
    "abandoned",
    "closed",
    "rejected",
    "failed",
)
# The outcomes that an offered call can have: a rejected call and one outside opening hours are not offered.
OFFERED_OUTCOMES = ("answered", "voicemail", "callback_requested", "missed", "abandoned", "failed")
# Outcomes without help for the caller: each such call from a number must have a callback.
UNANSWERED = ("missed", "abandoned", "voicemail", "callback_requested", "closed", "failed")
HOURS = ("open", "closed")
LEG_RESULTS = ("accepted", "declined", "no_answer", "busy", "voicemail", "too_late", "cancelled", "failed")
CALLBACK_REASONS: tuple[str, ...] = REASONS
LIVE_CALLBACKS: tuple[str, ...] = LIVE
CLOSED_CALLBACKS: tuple[str, ...] = tuple(state for state in STATES if state not in LIVE)
CONSULTANT_STATES = ("on_duty", "available", "busy", "break", "away", "paused", "talking")
LIVE_CALLS = ("ringing", "connected", "message")
# A call that is not put through; keyed: no callback on a keyed number.
CALL_LIMITS = ("number", "contact", "withheld", "withheld_at_once", "keyed", "colleagues")
# Why a webhook is not answered; unknown_line: Twilio's, but for a number that is no line.
WEBHOOK_REFUSALS = ("unsigned", "body", "signature", "account", "unknown_line")
SURVEY_ANSWERS = ("yes", "no")


def line_label(line_id: int) -> str:
    """The label of a line: its id. Its name could be a person's, and labels have no telephone numbers."""
    return str(line_id)
