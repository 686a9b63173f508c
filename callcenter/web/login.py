"""Logging in, logging out, and switching the language."""

import math

from flask import Response, current_app, redirect, render_template, request, session, url_for
from flask_login import current_user
from sqlalchemy import update

from callcenter.access.hash_slots import RETRY_AFTER_S, TooBusy
from callcenter.access.logins import Asker, log_in
from callcenter.access.records import User
from callcenter.access.sources import source_key
from callcenter.office import current_office
from callcenter.web.entry import browser, let_in, show_out
from callcenter.web.locale import LOCALES, SESSION_KEY, _, plural
from callcenter.web.page import Page, back, now, pages, visitor, writing
from callcenter.web.targets import local_target

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
    office = current_office()
    secret_key = office.settings.secret_key.get_secret_value()
    asker = Asker(source_key(secret_key, request.remote_addr), secret_key, browser())
    try:
        attempt = log_in(office.sessions, now(), email, request.form.get("password", ""), asker)
    except TooBusy:
        busy = _("Many people log in at this moment. Try again in a minute.")
        return _form(busy, email, 503, retry_after_s=RETRY_AFTER_S)
    entered = let_in(attempt.user_id, stay="stay" in request.form) if attempt.user_id is not None else None
    if entered is not None:
        return redirect(local_target(request.form.get("next")) or home(), 303)
    if attempt.again_at is not None:
        left_s = math.ceil((attempt.again_at - now()).total_seconds())
        return _form(_locked(left_s), email, 429, retry_after_s=left_s)
    return _form(_("E-mail address and password do not belong together."), email, 401)


@blueprint.post("/uitloggen")
def leave() -> Page:
    """Log out."""
    show_out()
    return redirect(url_for("login.form"), 303)


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


def home() -> str:
    """The first page after logging in: the own page for a consultant, the board for a lead."""
    return url_for("board.board") if visitor().leads else url_for("mine.mine")


def _locked(left_s: int) -> str:
    wait = plural(
        "Too many wrong passwords. Try again in a minute.",
        "Too many wrong passwords. Try again in %(num)s minutes.",
        max(1, math.ceil(left_s / 60)),
    )
    unless = _("In a browser where you logged in before you need not wait.")
    return f"{wait} {unless}"


def _form(fault: str | None = None, email: str = "", status: int = 200, retry_after_s: int | None = None) -> Page:
    page = render_template(
        "login.html",
        fault=fault,
        email=email,
        target=local_target(request.values.get("next")) or "",
        ready=current_app.config.get("DEMO_LOGINS", ()),
    )
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    return Response(page, status, headers)
