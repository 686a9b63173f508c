"""Says in words what a deed did to a callback: who has it now, what was done, and until when."""

from callcenter.callbacks.records import Callback
from callcenter.callbacks.rules import is_live
from callcenter.web import formats, words
from callcenter.web.callbacks.who_can import duty_of
from callcenter.web.locale import _, current
from callcenter.web.page import now


def told(callback: Callback, what: str, result: str = "") -> str:
    """One sentence. callback: as the deed left it; what: the deed of the form; result: of an attempt."""
    if what == "hand_over":
        return handed_over(callback.owner)
    if what == "due":
        return _("To be called before %(when)s.", when=_moment(callback.due_at))
    if what == "appoint" and callback.appointment_at is not None:
        return _("Appointment %(when)s.", when=_moment(callback.appointment_at))
    if what == "attempt":
        return result_told(callback, result)
    if what == "cancel":
        return _("Cancelled: %(reason)s.", reason=(callback.cancel_reason or "").rstrip("."))
    if what == "reopen":
        return _("Open again, to be called before %(when)s.", when=_moment(callback.due_at))
    return _("The note is kept.") if callback.note else _("The note is taken away.")


def handed_over(to: str | None) -> str:
    """That callbacks went to a colleague, or to nobody."""
    if to is None:
        return _("It has no owner now; who is on duty gets it.")
    return _("Handed over to %(who)s.", who=duty_of(to))


def result_told(callback: Callback, result: str) -> str:
    """What came of an attempt, and what follows."""
    said = words.word(words.ATTEMPT_RESULTS, result)
    if not is_live(callback.state):
        return _("Noted: %(result)s.", result=said)
    if callback.closes_as:
        return _("Noted: %(result)s. It is done once its message was heard.", result=said)
    if callback.next_attempt_at is None:
        return _("Noted: %(result)s. It comes back for a next attempt.", result=said)
    return _("Noted: %(result)s. The next attempt is %(when)s.", result=said, when=_moment(callback.next_attempt_at))


def _moment(at: object) -> str:
    return formats.moment(at, now(), current())  # type: ignore[arg-type]
