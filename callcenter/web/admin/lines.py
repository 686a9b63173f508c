"""Which lines do we answer, and can Twilio reach us? The public numbers and where their calls are sent."""

from flask import flash, redirect, render_template, request, url_for

from callcenter.access.audit import note as audit
from callcenter.lines.register import add as add_line
from callcenter.office import current_office
from callcenter.web.page import ADMINS, Page, now, pages, read, visitor, writing
from callcenter.web.queries.lines import all_lines
from callcenter.web.queries.runtime import job_runs
from callcenter.web.text import _

# What has to be filled in at the number in Twilio's console.
WEBHOOKS = (
    ("A call comes in", "/webhooks/voice"),
    ("Primary handler fails", "/webhooks/voice/fallback"),
    ("Call status changes", "/webhooks/voice/status"),
    ("A message comes in", "/webhooks/sms"),
)

blueprint = pages("admin_lines", ADMINS)


@blueprint.get("/beheer/lijnen")
def lines() -> Page:
    """The lines, their webhook addresses, and the clock's jobs."""
    site = current_office().settings.public_url
    return render_template(
        "admin_lines.html",
        lines=all_lines(read()),
        webhooks=[(label, site + path) for label, path in WEBHOOKS],
        jobs=job_runs(read()),
    )


@blueprint.post("/beheer/lijnen")
def add() -> Page:
    """A new line, or another name for one."""
    form = request.form
    with writing() as session:
        add_line(session, form.get("number", ""), form.get("name", ""), now())
        audit(session, now(), visitor().email, "line_added", "lines")
    flash(_("Kept."))
    return redirect(url_for(".lines"), 303)
