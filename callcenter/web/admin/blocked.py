"""The page of the block list: which numbers are not put through, why, and until when."""

from datetime import timedelta
from typing import Any

from flask import redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.access.audit import note as audit
from callcenter.errors import InvalidInput
from callcenter.lines import undo as of_blocks
from callcenter.lines.records import BlockedNumber
from callcenter.lines.register import block_number, unblock_number, valid_number
from callcenter.numbers import display
from callcenter.web import undo
from callcenter.web.admin.block_follows import until_words, what_follows
from callcenter.web.locale import _
from callcenter.web.page import ADMINS, Page, choice, now, pages, read, visitor, writing
from callcenter.web.sure import asks_first

DAYS = (1, 7, 30, 365)

blueprint = pages("admin_blocked", ADMINS)


@blueprint.get("/beheer/geblokkeerd")
def blocked() -> Page:
    """The block list, newest first."""
    rows = read().scalars(select(BlockedNumber).order_by(BlockedNumber.created_at.desc())).all()
    return render_template("admin_blocked.html", blocked=rows, days=DAYS)


@blueprint.post("/beheer/geblokkeerd")
def add() -> Page:
    """Block a number, or change the reason and the end of its block. Asks before it blocks a number of the office or of
    a contact, and before it changes a block."""
    form = request.form
    days = choice("days", "", *map(str, DAYS))
    number = valid_number(form.get("number", ""))
    if not form.get("reason", "").strip():
        raise InvalidInput("reason", _("say why, so that a colleague understands it later"))
    until = now() + timedelta(days=int(days)) if days else None
    follows = what_follows(number, until)
    question = _question(number, follows) if follows else None
    if question is not None:
        return question
    with writing() as session:
        before = of_blocks.remembered(session, number)
        block_number(session, number, form["reason"], int(days) if days else None, visitor().email, now())
        audit(session, now(), visitor().email, "number_blocked", "blocked")
        secret = _offered(session, number, before)
    told = _("%(number)s is not put through any more, %(until)s.", number=display(number), until=until_words(until))
    undo.done(told, secret)
    return redirect(url_for(".blocked"), 303)


@blueprint.post("/beheer/geblokkeerd/weg")
def remove() -> Page:
    """Remove a number from the block list."""
    number = valid_number(request.form.get("number", ""))
    with writing() as session:
        before = of_blocks.remembered(session, number)
        unblock_number(session, number)
        audit(session, now(), visitor().email, "number_unblocked", "blocked")
        secret = _offered(session, number, before)
    undo.done(_("%(number)s is put through again.", number=display(number)), secret)
    return redirect(url_for(".blocked"), 303)


def _question(number: str, follows: list[str]) -> str | None:
    title = _("Block %(number)s?", number=display(number))
    return asks_first(title, follows, _("Yes, block it"), url_for(".blocked"))


def _offered(session: Session, number: str, before: dict[str, Any] | None) -> str | None:
    session.flush()
    after = of_blocks.remembered(session, number)
    return undo.offered(session, "block", {"number": number, "before": before, "after": after})
