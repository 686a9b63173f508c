"""The page of the block list: which numbers are not put through, why, and until when."""

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select

from callcenter.access.audit import note as audit
from callcenter.lines.records import BlockedNumber
from callcenter.lines.register import block_number, unblock_number
from callcenter.web.locale import _
from callcenter.web.page import ADMINS, Page, choice, now, pages, read, visitor, writing

DAYS = (1, 7, 30, 365)

blueprint = pages("admin_blocked", ADMINS)


@blueprint.get("/beheer/geblokkeerd")
def blocked() -> Page:
    """The block list, newest first."""
    rows = read().scalars(select(BlockedNumber).order_by(BlockedNumber.created_at.desc())).all()
    return render_template("admin_blocked.html", blocked=rows, days=DAYS)


@blueprint.post("/beheer/geblokkeerd")
def add() -> Page:
    """Block a number, or change the reason and the end of its block."""
    form = request.form
    days = choice("days", "", *map(str, DAYS))
    with writing() as session:
        block_number(
            session,
            form.get("number", ""),
            form.get("reason", ""),
            int(days) if days else None,
            visitor().email,
            now(),
        )
        audit(session, now(), visitor().email, "number_blocked", "blocked")
    flash(_("Calls from this number are not put through any more."))
    return redirect(url_for(".blocked"), 303)


@blueprint.post("/beheer/geblokkeerd/weg")
def remove() -> Page:
    """Remove a number from the block list."""
    with writing() as session:
        unblock_number(session, request.form.get("number", ""))
        audit(session, now(), visitor().email, "number_unblocked", "blocked")
    flash(_("This number is put through again."))
    return redirect(url_for(".blocked"), 303)
