"""Which numbers are not put through, why, and until when? The block list."""

from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import delete, select

from callcenter.access.audit import note as audit
from callcenter.errors import InvalidInput
from callcenter.numbers import parse
from callcenter.routing.records import BlockedNumber
from callcenter.web.page import ADMINS, Page, now, pages, read, visitor, writing
from callcenter.web.text import _

DAYS = (1, 7, 30, 365)

blueprint = pages("admin_blocked", ADMINS)


@blueprint.get("/beheer/geblokkeerd")
def blocked() -> Page:
    """The block list, newest first."""
    rows = read().scalars(select(BlockedNumber).order_by(BlockedNumber.created_at.desc())).all()
    return render_template("admin_blocked.html", blocked=rows, days=DAYS)


@blueprint.post("/beheer/geblokkeerd")
def add() -> Page:
    """Block a number, or change why and until when."""
    number, reason = parse(request.form.get("number", "")), request.form.get("reason", "").strip()
    if number is None:
        raise InvalidInput("number", _("this is not a telephone number"))
    if not reason:
        raise InvalidInput("reason", _("say why"))
    days = request.form.get("days", "")
    until = now() + timedelta(days=int(days)) if days.isdecimal() else None
    with writing() as session:
        session.merge(
            BlockedNumber(
                number=number, reason=reason[:200], until=until, created_at=now(), created_by=visitor().email
            )
        )
        audit(session, now(), visitor().email, "number_blocked", "blocked")
    flash(_("Calls from this number are not put through any more."))
    return redirect(url_for(".blocked"), 303)


@blueprint.post("/beheer/geblokkeerd/weg")
def remove() -> Page:
    """Put a number through again."""
    with writing() as session:
        session.execute(delete(BlockedNumber).where(BlockedNumber.number == request.form.get("number", "")))
        audit(session, now(), visitor().email, "number_unblocked", "blocked")
    flash(_("This number is put through again."))
    return redirect(url_for(".blocked"), 303)
