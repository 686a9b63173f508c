"""What does a visitor read when something cannot be done? One page that says what to do next."""

from flask import render_template
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden, HTTPException, NotFound

from callcenter import errors
from callcenter.web.text import _


def show(error: Exception) -> tuple[str, int]:
    """The page for this error, with its status."""
    title, advice, status = _words(error)
    return render_template("error.html", title=title, advice=advice), status


def _words(error: Exception) -> tuple[str, str, int]:
    if isinstance(error, NotFound | errors.NotFound):
        return _("This page does not exist"), _("Perhaps the address was mistyped, or what it showed is gone."), 404
    if isinstance(error, Forbidden):
        return _("This page is not for you"), _("Ask the administrator when you need it for your work."), 403
    if isinstance(error, CSRFError):
        return _("This page was open too long"), _("Go back, reload the page and try again."), 400
    if isinstance(error, errors.InvalidInput):
        return _("This cannot be used"), f"{error.field}: {error}", 400
    if isinstance(error, errors.IllegalTransition):
        return _("This can no longer be done"), _("Somebody or something was first. Go back and reload."), 409
    if isinstance(error, HTTPException):
        return _("This did not work"), _("Go back, reload the page and try again."), error.code or 400
    return _("This did not work"), str(error), 400
