"""The page of the public numbers, of their addresses in Twilio's console, and of the scheduler's jobs."""

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select

from callcenter.access.audit import note as audit
from callcenter.callbacks.ending_line import end_line, line_in_use
from callcenter.lines.register import add as add_line
from callcenter.lines.register import lines_in_use
from callcenter.numbers import display
from callcenter.office import current_office
from callcenter.storage.records import JobRun
from callcenter.web.locale import _
from callcenter.web.page import ADMINS, Page, now, pages, read, visitor, writing
from callcenter.web.sure import asks_first

# The fields of a number in Twilio's console, with the paths to fill in there.
WEBHOOKS = (
    ("A call comes in", "/webhooks/voice"),
    ("Primary handler fails", "/webhooks/voice/fallback"),
    ("Call status changes", "/webhooks/voice/status"),
    ("A message comes in", "/webhooks/sms"),
)

blueprint = pages("admin_lines", ADMINS)


@blueprint.get("/beheer/lijnen")
def lines() -> Page:
    """The lines, their webhook addresses, and every job with its last good run."""
    site = current_office().settings.public_url
    return render_template(
        "admin_lines.html",
        lines=lines_in_use(read()),
        webhooks=[(label, site + path) for label, path in WEBHOOKS],
        jobs=read().scalars(select(JobRun).order_by(JobRun.name)).all(),
    )


@blueprint.post("/beheer/lijnen/weg")
def remove() -> Page:
    """Take a line out of use, after asking. Raises InvalidInput for the last one, and while somebody waits for it."""
    number = request.form.get("number", "")
    line = line_in_use(read(), number)
    named = f"{display(line.number)} ({line.name})"
    follows = [
        _("Who rings the number hears that it is not in use."),
        _("Twilio still sends its calls here: give the number up there, or point it elsewhere."),
        _("Its calls, callbacks and figures stay. Add the number again to take it into use again."),
    ]
    title = _("Take %(line)s out of use?", line=named)
    question = asks_first(title, follows, _("Yes, take it out of use"), url_for(".lines"))
    if question is not None:
        return question
    with writing() as session:
        audit(session, now(), visitor().email, "line_removed", f"line:{end_line(session, number, now()).id}")
    flash(_("%(line)s is out of use.", line=named))
    return redirect(url_for(".lines"), 303)


@blueprint.post("/beheer/lijnen")
def add() -> Page:
    """Add a line, or rename one."""
    form = request.form
    with writing() as session:
        line = add_line(session, form.get("number", ""), form.get("name", ""), now())
        audit(session, now(), visitor().email, "line_added", f"line:{line.id}")
    flash(_("Kept."))
    return redirect(url_for(".lines"), 303)
