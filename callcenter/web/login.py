"""Logging in, logging out, and switching the language."""

import math

from flask import Response, current_app, redirect, render_template, request, session, url_for
from flask_login import current_user
from sqlalchemy import update

from callcenter.access.hash_slots import RETRY_AFTER_S, TooBusy
from callcenter.access.local_passwords import AfterPassword
from callcenter.access.logins import Asker, log_in
from callcenter.access.records import User
from callcenter.access.sources import source_key
from callcenter.office import current_office
from callcenter.web import office_account, second_step
from callcenter.web.entry import browser, let_in, show_out
from callcenter.web.home import home
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
    if office.settings.local_passwords == "off":
        return _form(_refused(AfterPassword.OFFICE_ACCOUNT), status=403)
    secret_key = office.settings.secret_key.get_secret_value()
    asker = Asker(source_key(secret_key, request.remote_addr), secret_key, browser())
    try:
        attempt = log_in(office.sessions, now(), email, request.form.get("password", ""), asker)
    except TooBusy:
        busy = _("Many people log in at this moment. Try again in a minute.")
        return _form(busy, email, 503, retry_after_s=RETRY_AFTER_S)
    if attempt.user_id is not None:
        stay, target = "stay" in request.form, local_target(request.form.get("next")) or ""
        proven = attempt.user_id, attempt.password_hash
        follows, step = second_step.what_follows(*proven, stay=stay, target=target)
        if step is not None:
            return step
        if follows is not AfterPassword.IN:
            return _form(_refused(follows), email, 403)
        if let_in(attempt.user_id, stay=stay, password_hash=attempt.password_hash) is not None:
            return redirect(target or home(), 303)
    if attempt.again_at is not None:
        left_s = math.ceil((attempt.again_at - now()).total_seconds())
        return _form(_locked(left_s), email, 429, retry_after_s=left_s)
    return _form(_("E-mail address and password do not belong together."), email, 401)


@blueprint.post("/uitloggen")
def leave() -> Page:
    """Log out. Somebody with an office account is then asked about logging out there too."""
    by_office_account = visitor().session.how == office_account.HOW
    show_out()
    answer = redirect(url_for("office_account.left" if by_office_account else "login.form"), 303)
    # The next person at this computer sees no page of this one, not even by the browser's "back".
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


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


def form_with(fault: str, status: int) -> Page:
    """The log-in form with a reason why another way in did not work."""
    return _form(fault, status=status)


def _refused(follows: AfterPassword) -> str:
    if follows is AfterPassword.NO_ROLE:
        return _("Your office account has lost its groups, so this login opens nothing. Ask the administrator.")
    return _("Passwords are not in use here. Log in with your office account.")


def _locked(left_s: int) -> str:
    wait = plural(
        "Too many wrong passwords. Try again in a minute.",
        "Too many wrong passwords. Try again in %(num)s minutes.",
        max(1, math.ceil(left_s / 60)),
    )
    unless = _("In a browser where you logged in before you need not wait.")
    return f"{wait} {unless}"


def _form(fault: str | None = None, email: str = "", status: int = 200, retry_after_s: int | None = None) -> Page:
    settings = current_office().settings
    page = render_template(
        "login.html",
        fault=fault,
        email=email,
        target=local_target(request.values.get("next")) or "",
        ready=current_app.config.get("DEMO_LOGINS", ()),
        office=settings.office_accounts,
        passwords=settings.local_passwords,
        in_a_callback=(local_target(request.values.get("next")) or "").startswith("/mijn/terugbellen/"),
    )
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    return Response(page, status, headers)
