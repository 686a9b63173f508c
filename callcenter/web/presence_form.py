"""What the forms of a presence offer with one tap, and what such a form chose."""

from datetime import datetime, timedelta

from flask import request

from callcenter.errors import InvalidInput
from callcenter.presence.eligibility import STATES, State
from callcenter.web.locale import _
from callcenter.web.page import now
from callcenter.web.typed import typed_number, whole_number

# Each presence with its minutes; None: it has no end, or ends with the shift (docs/rota-rules.md, "Presence").
ONE_TAP: tuple[tuple[State, int | None], ...] = (("available", None), ("busy", 30), ("break", 15), ("away", None))
# The longest presence that is given in minutes: a month.
_MOST_MINUTES = 31 * 24 * 60


def chosen_presence() -> tuple[State, datetime | None]:
    """The state that the form chose, and its end (UTC); None for the end that the rules give.

    The field `state` is a state, or a state with its minutes such as `busy:30`; other minutes stand in `minutes`.
    Raises InvalidInput.
    """
    name, _colon, given = request.form.get("state", "").partition(":")
    state = next((one for one in STATES if one == name), None)
    if state is None:
        raise InvalidInput("state", _("choose a presence"))
    minutes = whole_number(given, _MOST_MINUTES) if given else typed_number("minutes", _MOST_MINUTES)
    if minutes is None or state == "available":
        return state, None
    return state, now() + timedelta(minutes=minutes)
