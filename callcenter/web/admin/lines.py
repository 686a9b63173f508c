"""The page of the public numbers, of their addresses in Twilio's console, and of the scheduler's jobs."""

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select

from callcenter.access.audit import note as audit
from callcenter.lines.register import add as add_line
from callcenter.lines.register import all_lines
from callcenter.office import current_office
from callcenter.storage.records import JobRun
from callcenter.web.locale import _
from callcenter.web.page import ADMINS, Page, now, pages, read, visitor, writing

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
        lines=all_lines(read()),
        webhooks=[(label, site + path) for label, path in WEBHOOKS],
        jobs=read().scalars(select(JobRun).order_by(JobRun.name)).all(),
    )


@blueprint.post("/beheer/lijnen")
def add() -> Page:
    """Add a line, or rename one."""
    form = request.form
    with writing() as session:
        add_line(session, form.get("number", ""), form.get("name", ""), now())
        audit(session, now(), visitor().email, "line_added", "lines")
    flash(_("Kept."))
    return redirect(url_for(".lines"), 303)
