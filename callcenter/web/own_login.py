"""The page of the own login: another password, and the sessions that are open."""

from flask import Response, flash, redirect, render_template, request, url_for

from callcenter.access.audit import note as audit
from callcenter.access.hash_slots import TooBusy
from callcenter.access.known_browsers import forget_browsers
from callcenter.access.own_password import WrongPassword, change_password
from callcenter.access.passkeys.stored import passkeys_of
from callcenter.access.password_rules import MAX_LENGTH, MIN_LENGTH
from callcenter.access.sessions import end_sessions, open_sessions_of
from callcenter.errors import InvalidInput
from callcenter.office import current_office
from callcenter.web import formats
from callcenter.web.entry import browser, renew
from callcenter.web.locale import _, current, plural
from callcenter.web.page import Page, now, pages, read, visitor, writing
from callcenter.web.passkeys import may_make

blueprint = pages("own_login")


@blueprint.get("/mijn-login")
def own_login() -> Page:
    """The own login: its address and role, the form for another password, and the open sessions."""
    return _page()


@blueprint.post("/mijn-login/wachtwoord")
def password() -> Page:
    """Set another password. Raises InvalidInput on the field that is wrong."""
    form = request.form
    new = form.get("password", "")
    if new != form.get("again", ""):
        raise InvalidInput("again", _("the two new passwords differ: type the same one twice"))
    try:
        change_password(current_office().sessions, now(), visitor().session, form.get("present", ""), new, browser())
    except WrongPassword as error:
        if error.again_at is None:
            raise InvalidInput("present", words_of(error)) from None
        return _page(words_of(error), 429)
    except TooBusy:
        return _page(_("Many people log in at this moment. Try again in a minute."), 503)
    renew()
    flash(_("You have a new password. Your other sessions ended."))
    return redirect(url_for(".own_login"), 303)


@blueprint.post("/mijn-login/sessies")
def end_others() -> Page:
    """End every other session of the own login, and let no other browser be known."""
    own = visitor().session
    with writing() as session:
        ended = end_sessions(session, own.user_id, but=own.id)
        forget_browsers(session, own.user_id, but=browser())
        audit(session, now(), own.email, "sessions_ended", f"user:{own.user_id}", sessions_ended=ended)
    renew()
    flash(plural("%(num)s other session ended.", "%(num)s other sessions ended.", ended))
    return redirect(url_for(".own_login"), 303)


def words_of(error: WrongPassword) -> str:
    """What the person reads whose present password was not taken."""
    if error.again_at is None:
        return _("This is not your present password.")
    return _("Too many wrong passwords. Try again %(when)s.", when=formats.at_moment(error.again_at, now(), current()))


def _page(fault: str | None = None, status: int = 200) -> Page:
    page = render_template(
        "own_login.html",
        fault=fault,
        sessions=open_sessions_of(read(), now(), visitor().id),
        own=visitor().session,
        passkeys=passkeys_of(read(), visitor().id),
        may_make_passkey=may_make(),
        least=MIN_LENGTH,
        most=MAX_LENGTH,
    )
    return Response(page, status)
