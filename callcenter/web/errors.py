"""Shows an error to a visitor: as a page, or as a message above the form that was sent."""

from urllib.parse import urlsplit

from flask import flash, redirect, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden, HTTPException, NotFound
from werkzeug.wrappers import Response

from callcenter import errors
from callcenter.access.hash_slots import TooBusy
from callcenter.callbacks.changes import ChangedMeanwhile
from callcenter.callbacks.outstanding import MessageUnheard
from callcenter.office import current_office
from callcenter.web import formats
from callcenter.web.locale import _, current
from callcenter.web.remarks import remark
from callcenter.web.targets import local_target

# Errors of a form that is shown again, with the reason above it.
_OF_FORMS = (errors.InvalidInput, errors.IllegalTransition, ChangedMeanwhile, MessageUnheard)
# Messages beyond this number are counted, not listed.
_MOST_NAMED = 3


def show(error: Exception) -> tuple[str, int] | Response:
    """The page for an error, with its status. A refused form is shown again, with the reason above it."""
    title, advice, status = _words(error)
    form = _page_of_form()
    if form is not None and isinstance(error, _OF_FORMS):
        flash(f"{title}: {advice}", "bad")
        return redirect(form, 303)
    return render_template("error.html", title=title, advice=advice), status


def sentence(error: Exception) -> str:
    """What an error says in one sentence, for a list of deeds of which some were refused."""
    title, advice, _status = _words(error)
    return advice if isinstance(error, errors.InvalidInput | ChangedMeanwhile) else f"{title}: {advice}"


def _page_of_form() -> str | None:
    """The address of the page whose form was sent, by the Referer header; None when that is another site."""
    try:
        came_from = urlsplit(request.referrer or "")
    except ValueError:
        return None
    if request.method != "POST" or came_from.netloc != request.host:
        return None
    # The path of a forged one may begin with another host: `http://this-host//another-host/`.
    return local_target(f"{came_from.path}?{came_from.query}" if came_from.query else came_from.path)


def _words(error: Exception) -> tuple[str, str, int]:
    if isinstance(error, NotFound | errors.NotFound):
        return _("This page does not exist"), _("Perhaps the address was mistyped, or what it showed is gone."), 404
    if isinstance(error, Forbidden):
        return _("This page is not for you"), _("Ask the administrator when you need it for your work."), 403
    if isinstance(error, CSRFError):
        return _("This page was open too long"), _("Go back, reload the page and try again."), 400
    if isinstance(error, errors.InvalidInput):
        return _("This cannot be used"), remark(error), 400
    if isinstance(error, errors.IllegalTransition):
        return _("This can no longer be done"), _("Somebody or something was first. Go back and reload."), 409
    if isinstance(error, ChangedMeanwhile):
        return _("Not changed"), remark(error), 409
    if isinstance(error, MessageUnheard):
        return _("Nobody has heard a message of this yet"), _which(error), 409
    if isinstance(error, TooBusy):
        return _("This did not work"), _("Many people log in at this moment. Try again in a minute."), 503
    if isinstance(error, HTTPException):
        return _("This did not work"), _("Go back, reload the page and try again."), error.code or 400
    return _("This did not work"), remark(error), 400


def _which(error: MessageUnheard) -> str:
    now, locale = current_office().clock.now(), current()
    left = ", ".join(
        f"{formats.moment(one.received_at, now, locale)} ({formats.span(one.duration_s, locale)})"
        for one in error.messages[:_MOST_NAMED]
    )
    left += f" (+{len(error.messages) - _MOST_NAMED})" if len(error.messages) > _MOST_NAMED else ""
    return _("left %(moments)s. Listen to it, or tap Heard or Dealt with beside it; then try again.", moments=left)
