"""Lets a visitor in, whatever proved who it is, finds the visitor of a session, and shows a visitor out."""

from flask import Response, after_this_request, request
from flask import session as cookie
from flask_login import current_user, login_user, logout_user

from callcenter.access.audit import note
from callcenter.access.known_browsers import KNOWN_FOR, remember
from callcenter.access.local_passwords import PASSWORD, may_go_on
from callcenter.access.sessions import begin_session, end_session, find_session, may_begin, note_use, renew_session
from callcenter.office import current_office
from callcenter.web.locale import SESSION_KEY
from callcenter.web.page import now, read, visitor, writing
from callcenter.web.security import cookie_name, cookies_are_secure
from callcenter.web.visitor import Visitor

# The cookie by which a browser in which somebody logged in before is known.
_BROWSER = "callcenter-browser"


def let_in(user_id: int, *, stay: bool, how: str = PASSWORD, password_hash: str | None = None) -> Visitor | None:
    """Begin a session of this login in the browser of this request. None when the login was taken away, or has another
    password by now.

    stay: whether it outlasts the browser and the day; how: what proved the identity, in at most 16 characters;
    password_hash: what the password was right for, None when none was asked. The browser is known from then on. Nothing
    but the language is taken over from what its cookie held before, and the session that it had ends.
    """
    with writing() as transaction:
        if not may_begin(transaction, user_id, password_hash):
            return None
        if current_user.is_authenticated:
            end_session(transaction, visitor().session.id)
        secret = begin_session(transaction, now(), user_id, stay=stay, how=how)
        transaction.flush()
        found = find_session(transaction, now(), secret)
        if found is None:
            transaction.rollback()
            return None
        note(transaction, now(), found.email, "login", f"user:{user_id}", how=how)
        known_as = remember(transaction, now(), user_id, browser())
    _mark_browser(known_as)
    locale = cookie.get(SESSION_KEY)
    cookie.clear()
    if locale:
        cookie[SESSION_KEY] = locale
    cookie.permanent = stay
    entered = Visitor(found, secret)
    login_user(entered)
    return entered


def visitor_of_cookie(secret: str) -> Visitor | None:
    """The visitor whose session has this secret, or None when it has ended. Its use is stored now and then."""
    found, settings = find_session(read(), now(), secret), current_office().settings
    if found is None or not may_go_on(found.how, found.role, settings.local_passwords, settings.second_factor):
        return None
    if found.is_to_be_noted:
        with writing() as transaction:
            note_use(transaction, now(), found.id)
    return Visitor(found, secret)


def renew() -> None:
    """Give the visitor's session another secret, so that nobody else has a copy of its cookie."""
    own = visitor().session
    with writing() as transaction:
        secret = renew_session(transaction, own.id)
    login_user(Visitor(own, secret))


def show_out() -> None:
    """End the visitor's session. Its cookie is refused from now on, also as a copy."""
    with writing() as transaction:
        end_session(transaction, visitor().session.id)
    logout_user()
    cookie.clear()


def browser() -> str | None:
    """The secret of the browser of this request, or None when nobody has logged in in it yet."""
    return request.cookies.get(cookie_name(_BROWSER)) or None


def _mark_browser(secret: str) -> None:
    @after_this_request
    def mark(response: Response) -> Response:
        response.set_cookie(
            cookie_name(_BROWSER),
            secret,
            max_age=KNOWN_FOR,
            secure=cookies_are_secure(),
            httponly=True,
            samesite="Lax",
        )
        return response
