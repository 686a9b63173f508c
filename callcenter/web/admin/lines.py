"""Which lines do we answer, and can Twilio reach us? The public numbers and where their calls are sent."""

from flask import flash, redirect, render_template, request, url_for

from callcenter.access.audit import note as audit
from callcenter.errors import InvalidInput
from callcenter.numbers import parse
from callcenter.office import current_office
from callcenter.routing.records import Line
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
    number, name = parse(request.form.get("number", "")), request.form.get("name", "").strip()
    if number is None:
        raise InvalidInput("number", _("this is not a telephone number"))
    if not name:
        raise InvalidInput("name", _("give the line a name"))
    with writing() as session:
        known = next((line for line in all_lines(session) if line.number == number), None)
        if known is None:
            session.add(Line(number=number, name=name[:100], created_at=now()))
        else:
            known.name = name[:100]
        audit(session, now(), visitor().email, "line_added", "lines")
    flash(_("Kept."))
    return redirect(url_for(".lines"), 303)
