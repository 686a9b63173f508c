"""The lead's list of callbacks, with actions on several at once and a CSV export."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from callcenter.access.audit import note as audit
from callcenter.callbacks import verbs
from callcenter.callbacks.by_hand import make_by_hand
from callcenter.callbacks.changes import tag_of
from callcenter.callbacks.locks import lock_callback
from callcenter.callbacks.queries import attempts_of
from callcenter.callbacks.rules import is_live
from callcenter.errors import CallcenterError, InvalidInput
from callcenter.web import formats, words
from callcenter.web.active_rota import people, required_rota
from callcenter.web.callbacks.export import as_csv
from callcenter.web.callbacks.filters import CLOSED, ListFilters
from callcenter.web.callbacks.queries import callback_counts
from callcenter.web.csv_text import csv_file
from callcenter.web.locale import _, current, plural
from callcenter.web.page import LEADS, Page, back, now, pages, read, typed_moment, visitor, writing
from callcenter.web.seen import refuse_if_changed
from callcenter.web.typed import typed_ids

blueprint = pages("callbacks", LEADS)


@blueprint.get("/terugbellen")
def callbacks() -> Page:
    """The callbacks that match the filters, earliest due first."""
    wanted = ListFilters.of(request.args)
    page = wanted.page(read(), now(), request.args.get("cursor"))
    attempts = attempts_of(read(), [callback.id for callback in page.items])
    return render_template(
        "callbacks.html",
        wanted=wanted,
        page=page,
        seen={callback.id: tag_of(callback, attempts[callback.id]) for callback in page.items},
        counts=callback_counts(read(), now()),
        consultants=people(now()),
        reasons=[(key, words.word(words.CALLBACK_REASONS, key)) for key in words.CALLBACK_REASONS],
        closed=[(key, words.word(words.CALLBACK_STATES, key)) for key in CLOSED],
    )


@blueprint.get("/terugbellen.csv")
def csv() -> Page:
    """The whole list as a CSV file. The export is noted in the audit log."""
    wanted = ListFilters.of(request.args)
    with writing() as session:
        text = as_csv(wanted.everything(session, now()))
        audit(session, now(), visitor().email, "callbacks_exported", "callbacks", show=wanted.show)
    return csv_file(f"callbacks-{formats.local(now()).date()}", text)


@blueprint.post("/terugbellen/samen")
def together() -> Page:
    """Apply one action to the ticked callbacks, or to the whole list. One that was changed after the list was shown is
    left as it is, unless the action is for the whole list, whatever is in it."""
    seen: dict[str, str] = {}
    with writing() as session:
        if "whole" in request.form:
            chosen = [callback.id for callback in ListFilters.of(request.form).everything(session, now())]
        else:
            chosen = typed_ids("id")
            seen = dict(text.partition(":")[::2] for text in request.form.getlist("seen"))
    done, refused = 0, ""
    for callback_id in chosen:
        try:
            # One transaction each: a callback that was closed meanwhile does not block the others.
            with writing() as session:
                refuse_if_changed(session, callback_id, seen.get(str(callback_id)))
                apply_action(session, callback_id)
            done += 1
        except CallcenterError as error:
            refused = str(gettext(str(error)))
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
    """Make a callback by hand, or join the open one of the same number."""
    with writing() as session:
        made = make_by_hand(
            session,
            required_rota(),
            request.form.get("number", ""),
            now(),
            by=visitor().email,
            note=request.form.get("note", "").strip() or None,
            due_by=typed_moment("due_at"),
        )
        made_id, due = made.callback.id, made.callback.due_at
    if made.joined:
        when = formats.moment(due, now(), current())
        flash(_("This number had a callback already, which this joins: before %(when)s.", when=when))
    else:
        flash(_("Noted."))
    return redirect(url_for("callbacks_one.callback", callback_id=made_id), 303)


def apply_action(session: Session, callback_id: int) -> None:
    """Apply the form's action to one callback: hand over, set due or cancel. Raises CallcenterError."""
    by, what = visitor().email, request.form.get("do", "")
    if what == "hand_over":
        _hand_over(session, callback_id, request.form.get("to") or None, by)
    elif what == "due":
        due = typed_moment("due_at")
        if due is None:
            raise InvalidInput("due_at", _("choose a day and a time"))
        verbs.set_due(session, required_rota(), callback_id, due, by, now(), visitor().consultant)
    elif what == "cancel":
        verbs.cancel(session, callback_id, request.form.get("because", ""), by, now())
    else:
        raise InvalidInput("do", _("choose what to do"))


def _hand_over(session: Session, callback_id: int, to: str | None, by: str) -> None:
    """Hand it over. The present owner keeps it as it is: the page names no verb that takes work in hand away."""
    if to is not None and to not in required_rota().consultants:
        raise InvalidInput("owner", _("there is no consultant with this code"))
    callback = lock_callback(session, callback_id)
    if callback.owner != to or not is_live(callback.state):
        verbs.hand_over(session, callback_id, to, by, now())
