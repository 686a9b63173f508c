"""Shows an error to a visitor: as a page, or at the field of the form that was sent."""

from flask import render_template, url_for
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden, HTTPException, NotFound
from werkzeug.wrappers import Response

from callcenter import errors
from callcenter.access.hash_slots import TooBusy
from callcenter.callbacks.changes import ChangedMeanwhile
from callcenter.callbacks.outstanding import MessageUnheard
from callcenter.office import current_office
from callcenter.web import formats
from callcenter.web.live import answer as live
from callcenter.web.locale import _, current
from callcenter.web.refused import shown_again
from callcenter.web.remarks import remark


class NoRotaYet(errors.NotFound):
    """No rota is loaded, and what was asked needs one."""


class NotYours(errors.NotFound):
    """A callback that the visitor does not own, or that does not exist: the two are answered alike, so that nobody can
    count what there is."""


# Errors of a form that is shown again, with the reason.
_OF_FORMS = (errors.InvalidInput, errors.IllegalTransition, ChangedMeanwhile, MessageUnheard)
# Messages beyond this number are counted, not listed.
_MOST_NAMED = 3


def show(error: Exception) -> tuple[str, int] | Response:
    """The page for an error, with its status. A refused form is shown again with what was typed, and the reason at its
    field."""
    title, advice, status = in_words(error)
    if isinstance(error, _OF_FORMS):
        field = error.field if isinstance(error, errors.InvalidInput) else None
        again = shown_again(title, advice, field, status)
        if again is not None:
            return again
    live.stays_as_it_is()
    onward = url_for("mine.mine") if isinstance(error, NotYours) else None
    return render_template("error.html", title=title, advice=advice, onward=onward), status


def in_words(error: Exception) -> tuple[str, str, int]:
    """A title, what to do, and the status of the answer."""
    if isinstance(error, NoRotaYet):
        return _("There is no rota yet"), _("Load one first: on the page of the rota's versions."), 409
    if isinstance(error, NotYours):
        return (
            _("This callback is not yours"),
            _(
                "Perhaps it was handed over to a colleague: then you need not do anything. Should it be yours? Ask the "
                "team lead."
            ),
            404,
        )
    if isinstance(error, NotFound | errors.NotFound):
        return _("This page does not exist"), _("Perhaps the address was mistyped, or what it showed is gone."), 404
    if isinstance(error, Forbidden):
        return _("This page is not for you"), _("Ask the administrator when you need it for your work."), 403
    if isinstance(error, CSRFError):
        return _("This page was open too long"), _("Go back, reload the page and try again."), 400
    if isinstance(error, errors.InvalidInput):
        return _("Something must be filled in otherwise"), sentence_of(error), 400
    if isinstance(error, errors.IllegalTransition):
        return _("This can no longer be done"), _("Somebody or something was first. Look how it is now."), 409
    if isinstance(error, ChangedMeanwhile):
        return _("Not changed"), _sentence(remark(error)), 409
    if isinstance(error, MessageUnheard):
        return _("Nobody has heard a message of this yet"), _which(error), 409
    if isinstance(error, TooBusy):
        return _("This did not work"), _("Many people log in at this moment. Try again in a minute."), 503
    if isinstance(error, HTTPException):
        return _("This did not work"), _("Go back, reload the page and try again."), error.code or 400
    return _("This did not work"), remark(error), 400


def sentence_of(error: errors.InvalidInput) -> str:
    """What is wrong with a field and what to do, as a sentence in the visitor's language."""
    return _sentence(str(gettext(error.message, **error.values)) if error.values else remark(error))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) else '.'}"


def _which(error: MessageUnheard) -> str:
    now, locale = current_office().clock.now(), current()
    left = ", ".join(
        f"{formats.moment(one.received_at, now, locale)} ({formats.span(one.duration_s, locale)})"
        for one in error.messages[:_MOST_NAMED]
    )
    left += f" (+{len(error.messages) - _MOST_NAMED})" if len(error.messages) > _MOST_NAMED else ""
    return _("left %(moments)s. Listen to it, or tap Heard or Dealt with beside it; then try again.", moments=left)
