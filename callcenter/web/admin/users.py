"""The page of logins, where they are created, get a new password, and are unlocked, disabled and enabled."""

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from callcenter.access import users as stored
from callcenter.access.audit import note as audit
from callcenter.access.hash_slots import slots
from callcenter.access.logins import waiting_until
from callcenter.access.passwords import make_password
from callcenter.access.records import User
from callcenter.access.taking_away import take_away
from callcenter.errors import InvalidInput
from callcenter.web.active_rota import people
from callcenter.web.locale import _
from callcenter.web.page import ADMINS, Page, choice, now, pages, read, visitor, writing
from callcenter.web.shown_once import once
from callcenter.web.sure import asks_first

# What a form may do, and how the audit log names it.
_ACTIONS = {
    "disable": "user_disabled",
    "enable": "user_enabled",
    "unlock": "user_unlocked",
    "password": "password_set",
}

blueprint = pages("admin_users", ADMINS)


@blueprint.get("/beheer")
def users() -> Page:
    """Every login."""
    return render_template(
        "admin_users.html",
        users=stored.all_users(read()),
        waiting=waiting_until(read(), now()),
        roles=("", *stored.ROLES),
        consultants=people(now()),
    )


@blueprint.post("/beheer")
def add() -> Page:
    """Create a login, and show its password once."""
    form, password = request.form, make_password()
    with slots.turn(), writing() as session:
        user = stored.add_user(
            session, now(), form.get("email", ""), form.get("role", ""), password, form.get("consultant") or None
        )
        audit(session, now(), visitor().email, "user_added", f"user:{user.id}", role=user.role)
    return _password_page(user.email, password)


@blueprint.post("/beheer/gebruiker")
def change() -> Page:
    """Disable a login, enable it, unlock it, or set a new password. Raises InvalidInput when visitors disable their own
    login."""
    email, what = request.form.get("email", ""), choice("do", *_ACTIONS)
    question = _question(email, what) if what in ("password", "disable") else None
    if question is not None:
        return question
    if what == "password":
        return _new_password(email)
    with writing() as session:
        if what == "disable":
            user = _take_away(session, email)
        elif what == "enable":
            user = stored.enable_user(session, email)
            flash(_("%(email)s can log in again.", email=user.email))
        else:
            user = stored.unlock_user(session, email)
            flash(_("%(email)s can try again.", email=user.email))
        audit(session, now(), visitor().email, _ACTIONS[what], f"user:{user.id}")
    return redirect(url_for(".users"), 303)


def _question(email: str, what: str) -> str | None:
    """The page that asks before a login is taken away or gets another password; None once the answer is yes."""
    user = stored.find_user(read(), email)
    if what == "disable" and user.id == visitor().id:
        raise InvalidInput("email", _("you cannot take your own login away"))
    if what == "password":
        title, yes = _("A new password for %(email)s?", email=user.email), _("Yes, make a new password")
        follows = [
            _("The present password no longer works, and the sessions of this login end at once."),
            _("You see the new password once, and tell it yourself."),
        ]
    else:
        title, yes = _("Take the login of %(email)s away?", email=user.email), _("Yes, take it away")
        follows = [
            _("Its sessions end at once."),
            _("Its API tokens and calendar address end too, and do not come back with the login."),
        ]
    return asks_first(title, follows, yes, url_for(".users"))


def _take_away(session: Session, email: str) -> User:
    if stored.find_user(session, email).id == visitor().id:
        raise InvalidInput("email", _("you cannot take your own login away"))
    taken = take_away(session, now(), email)
    flash(_("%(email)s can no longer log in. Sessions, API tokens and calendar address ended.", email=taken.user.email))
    if taken.left:
        names = ", ".join(taken.left)
        flash(_("Tokens that this login made for programs go on working: %(names)s.", names=names), "bad")
    return taken.user


def _new_password(email: str) -> Page:
    password = make_password()
    with slots.turn(), writing() as session:
        user = stored.set_password(session, email, password)
        audit(session, now(), visitor().email, _ACTIONS["password"], f"user:{user.id}")
    return _password_page(user.email, password)


def _password_page(email: str, password: str) -> Page:
    return once(_("New password"), _("%(email)s logs in with", email=email), password, url_for(".users"))
