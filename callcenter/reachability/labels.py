"""Which values can a metric's label have? Bounded sets, so that no series ever names a person, a school or a number."""

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
# Outcomes that leave a caller with a question: each must have a promise when the number can be called.
UNANSWERED = ("missed", "abandoned", "voicemail", "callback_requested", "closed", "failed")
HOURS = ("open", "closed")
LEG_RESULTS = ("accepted", "declined", "no_answer", "busy", "voicemail", "too_late", "cancelled", "failed")
CALLBACK_REASONS = ("missed", "abandoned", "voicemail", "requested", "closed", "reconciled", "manual")
LIVE_CALLBACKS = ("open", "claimed")
CLOSED_CALLBACKS = ("reached", "unreachable", "cancelled", "resolved")
CONSULTANT_STATES = ("on_duty", "available", "busy", "break", "away", "paused", "talking")
LIVE_CALLS = ("ringing", "connected", "message")
SURVEY_ANSWERS = ("yes", "no")


def line_label(line_id: int) -> str:
    """The label of a line: the place it was added in. A name could be a person's, a number is one."""
    return str(line_id)
