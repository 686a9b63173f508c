"""The page of logins, where they are created, get a new password, and are disabled and enabled."""

from flask import flash, redirect, render_template, request, url_for

from callcenter.access import users as stored
from callcenter.access.audit import note as audit
from callcenter.access.passwords import make_password
from callcenter.errors import InvalidInput
from callcenter.web.active_rota import people
from callcenter.web.locale import _
from callcenter.web.page import ADMINS, Page, now, pages, read, visitor, writing

blueprint = pages("admin_users", ADMINS)


@blueprint.get("/beheer")
def users() -> Page:
    """Every login."""
    return render_template(
        "admin_users.html", users=stored.all_users(read()), roles=stored.ROLES, consultants=people(now())
    )


@blueprint.post("/beheer")
def add() -> Page:
    """Create a login, and show its password once."""
    form, password = request.form, make_password()
    with writing() as session:
        user = stored.add_user(
            session, now(), form.get("email", ""), form.get("role", ""), password, form.get("consultant") or None
        )
        audit(session, now(), visitor().email, "user_added", f"user:{user.id}", role=user.role)
    flash(_("%(email)s logs in with %(password)s. It is shown this once.", email=user.email, password=password))
    return redirect(url_for(".users"), 303)


@blueprint.post("/beheer/gebruiker")
def change() -> Page:
    """Disable a login, enable it, or set a new password. Raises InvalidInput when visitors disable their own login."""
    email, what = request.form.get("email", ""), request.form.get("do", "")
    if what not in ("disable", "enable", "password"):
        raise InvalidInput("do", _("choose what to do"))
    if what == "disable" and email == visitor().email:
        raise InvalidInput("email", _("you cannot take your own login away"))
    with writing() as session:
        if what == "disable":
            user = stored.disable_user(session, now(), email)
            flash(_("%(email)s can no longer log in.", email=user.email))
        elif what == "enable":
            user = stored.enable_user(session, email)
            flash(_("%(email)s can log in again.", email=user.email))
        else:
            password = make_password()
            user = stored.set_password(session, email, password)
            text = _("%(email)s logs in with %(password)s. It is shown this once.", email=user.email, password=password)
            flash(text)
        action = {"disable": "user_disabled", "enable": "user_enabled", "password": "password_set"}[what]
        audit(session, now(), visitor().email, action, f"user:{user.id}")
    return redirect(url_for(".users"), 303)
