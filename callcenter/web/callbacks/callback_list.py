"""The lead's list of callbacks, its CSV export, and noting a callback by hand."""

from flask import redirect, render_template, request, url_for

from callcenter.access.audit import note as audit
from callcenter.callbacks.by_hand import make_by_hand
from callcenter.callbacks.undo import joining, of_new
from callcenter.web import formats, undo, words
from callcenter.web.active_rota import people, required_rota
from callcenter.web.callbacks.export import as_csv
from callcenter.web.callbacks.filters import CLOSED, ListFilters
from callcenter.web.callbacks.queries import callback_counts
from callcenter.web.csv_text import csv_file
from callcenter.web.locale import _, current
from callcenter.web.page import LEADS, Page, now, pages, read, typed_moment, visitor, writing

blueprint = pages("callbacks", LEADS)


@blueprint.get("/terugbellen")
def callbacks() -> Page:
    """The callbacks that match the filters, earliest due first; closed ones, latest closed first."""
    wanted = ListFilters.of(request.args)
    page = wanted.page(read(), now(), request.args.get("cursor"))
    counts = callback_counts(read(), now(), wanted.owner, wanted.reason)
    return render_template(
        "callbacks.html",
        wanted=wanted,
        page=page,
        count=wanted.count(read(), now(), counts),
        counts=counts,
        chips=list(wanted.chips()),
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


@blueprint.post("/terugbellen")
def create() -> Page:
    """Make a callback by hand, or join the open one of the same number."""
    typed = request.form.get("number", "")
    with writing() as session:
        with joining(session, typed, "callback_made") as deed:
            made = make_by_hand(
                session,
                required_rota(),
                typed,
                now(),
                by=visitor().email,
                note=request.form.get("note", "").strip() or None,
                due_by=typed_moment("due_at"),
            )
        made_id, due = made.callback.id, formats.moment(made.callback.due_at, now(), current())
        part = deed.part if made.joined else of_new(session, made.callback, _("noted by mistake"))
        secret = undo.offered(session, "callback", part)
    if made.joined:
        undo.done(_("This number had a callback already, which this joins: before %(when)s.", when=due), secret)
    else:
        undo.done(_("Noted, to be called before %(when)s.", when=due), secret)
    return redirect(url_for("callbacks_one.callback", callback_id=made_id), 303)
