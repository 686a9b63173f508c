"""Which promises are at risk? The lead's list of callbacks, what can be done with several at once, and its CSV."""

from datetime import datetime

from flask import Response, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from callcenter.access.audit import note as audit
from callcenter.api.callback_by_hand import made_by_hand
from callcenter.callbacks import tasks
from callcenter.errors import CallcenterError, InvalidInput
from callcenter.web import formats, words
from callcenter.web.callback_csv import as_csv
from callcenter.web.callback_filter import CLOSED, Wanted
from callcenter.web.moments import local_moment
from callcenter.web.page import LEADS, Page, back, now, pages, read, visitor, writing
from callcenter.web.queries.promises import promises
from callcenter.web.roster import needed_rota, people
from callcenter.web.text import _, plural

blueprint = pages("callbacks", LEADS)


@blueprint.get("/terugbellen")
def callbacks() -> Page:
    """The list, earliest due first."""
    wanted = Wanted.of(request.args)
    return render_template(
        "callbacks.html",
        wanted=wanted,
        page=wanted.page(read(), now(), request.args.get("cursor")),
        counts=promises(read(), now()),
        consultants=people(now()),
        reasons=[(key, words.word(words.CALLBACK_REASONS, key)) for key in words.CALLBACK_REASONS],
        closed=[(key, words.word(words.CALLBACK_STATES, key)) for key in CLOSED],
    )


@blueprint.get("/terugbellen.csv")
def csv() -> Page:
    """The list as a file for a spreadsheet."""
    wanted = Wanted.of(request.args)
    with writing() as session:
        text = as_csv(wanted.everything(session, now()))
        audit(session, now(), visitor().email, "callbacks_exported", "callbacks", show=wanted.show)
    name = f"callbacks-{formats.local(now()).date()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.encode("utf-8-sig"), headers=headers, content_type="text/csv; charset=utf-8")


@blueprint.post("/terugbellen/samen")
def together() -> Page:
    """One deed for all the ticked callbacks, or for the whole list."""
    with writing() as session:
        if "whole" in request.form:
            chosen = [callback.id for callback in Wanted.of(request.form).everything(session, now())]
        else:
            chosen = [int(text) for text in request.form.getlist("id") if text.isdecimal()]
    done, refused = 0, ""
    for callback_id in chosen:
        try:
            # Each in a transaction of its own: one that was closed meanwhile does not hold up the others.
            with writing() as session:
                deed(session, callback_id)
            done += 1
        except CallcenterError as error:
            refused = str(error)
    if not chosen:
        flash(_("Tick the callbacks that you mean."), "bad")
    if done:
        flash(plural("%(num)s callback changed.", "%(num)s callbacks changed.", done))
    if refused:
        text = plural("%(num)s could not be changed:", "%(num)s could not be changed:", len(chosen) - done)
        flash(f"{text} {refused}", "bad")
    return back(url_for(".callbacks"))


@blueprint.post("/terugbellen")
def create() -> Page:
    """One made by hand."""
    with writing() as session:
        made = made_by_hand(
            session,
            needed_rota(),
            request.form.get("number", ""),
            now(),
            by=visitor().email,
            note=request.form.get("note", "").strip() or None,
            due_by=typed_moment("due_at"),
        )
        made_id = made.id
    flash(_("Noted."))
    return redirect(url_for("callbacks_one.callback", callback_id=made_id), 303)


def deed(session: Session, callback_id: int) -> None:
    """What the form asks, for one callback: hand over, set due or cancel. Raises CallcenterError."""
    by, what = visitor().email, request.form.get("do", "")
    if what == "hand_over":
        tasks.hand_over(session, callback_id, request.form.get("to") or None, by, now())
    elif what == "due":
        due = typed_moment("due_at")
        if due is None:
            raise InvalidInput("due_at", _("choose a day and a time"))
        tasks.set_due(session, callback_id, due, by, now())
    elif what == "cancel":
        tasks.cancel(session, callback_id, request.form.get("because", ""), by, now())
    else:
        raise InvalidInput("do", _("choose what to do"))


def typed_moment(field: str) -> datetime | None:
    """The instant typed in a field of the form, or None when it is empty. Raises InvalidInput."""
    return local_moment(request.form.get(field, ""), field)
