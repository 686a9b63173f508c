"""Who saw, heard or changed what? The audit log, newest first."""

from flask import render_template, request

from callcenter.access.audit import latest
from callcenter.web.page import ADMINS, Page, pages, read

PAGE = 100

blueprint = pages("admin_audit", ADMINS)


@blueprint.get("/beheer/logboek")
def audit() -> Page:
    """One page of the log."""
    before = request.args.get("before", "")
    events = latest(read(), PAGE, int(before) if before.isdecimal() else None)
    return render_template("admin_audit.html", events=events, more=len(events) == PAGE)
