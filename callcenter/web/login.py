"""Logging in, logging out, and switching the language."""

from flask import Response, current_app, redirect, render_template, request, session, url_for
from flask_login import current_user
from sqlalchemy import update

from callcenter.access.logins import log_in
from callcenter.access.records import User
from callcenter.office import current_office
from callcenter.web import formats, office_account
from callcenter.web.entry import let_in, show_out
from callcenter.web.home import home
from callcenter.web.locale import LOCALES, SESSION_KEY, _, current
from callcenter.web.page import Page, back, local_target, now, pages, visitor, writing

blueprint = pages("login", public=("form", "enter", "language"))


@blueprint.get("/inloggen")
def form() -> Page:
    """The log-in form. A visitor who is logged in already is redirected to the first page."""
    if current_user.is_authenticated:
        return redirect(home())
    return _form()


@blueprint.post("/inloggen")
def enter() -> Page:
    """Log in with a password, or show the form again with the reason."""
    email = request.form.get("email", "")
    attempt = log_in(current_office().sessions, now(), email, request.form.get("password", ""))
    entered = let_in(attempt.user_id, stay="stay" in request.form) if attempt.user_id is not None else None
    if entered is None:
        if attempt.locked_until is not None:
            when = formats.relative(attempt.locked_until, now(), current())
            return _form(_("Too many wrong passwords. Try again %(when)s.", when=when), email, 429)
        return _form(_("E-mail address and password do not belong together."), email, 401)
    return redirect(local_target(request.form.get("next")) or home(), 303)


@blueprint.post("/uitloggen")
def leave() -> Page:
    """Log out. Somebody with an office account is then asked about logging out there too."""
    by_office_account = visitor().session.how == office_account.HOW
    show_out()
    return redirect(url_for("office_account.left" if by_office_account else "login.form"), 303)


@blueprint.post("/taal")
def language() -> Page:
    """Switch the language. The choice is stored with the login, for other devices."""
    chosen = request.form.get("locale", "")
    if chosen in LOCALES:
        session[SESSION_KEY] = chosen
        if current_user.is_authenticated:
            with writing() as transaction:
                transaction.execute(update(User).where(User.id == visitor().id).values(locale=chosen))
    return back(url_for("login.form"))


def _form(fault: str | None = None, email: str = "", status: int = 200) -> Page:
    settings = current_office().settings
    page = render_template(
        "login.html",
        fault=fault,
        email=email,
        target=local_target(request.values.get("next")) or "",
        ready=current_app.config.get("DEMO_LOGINS", ()),
        office=settings.office_accounts,
        passwords=settings.local_passwords,
    )
    return Response(page, status)
