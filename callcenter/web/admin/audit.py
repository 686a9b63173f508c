"""The page of the audit log: who saw, heard or changed what, newest first."""

from flask import render_template, request

from callcenter.access.audit import latest
from callcenter.web.page import ADMINS, Page, pages, read

PAGE = 100

blueprint = pages("admin_audit", ADMINS)


@blueprint.get("/beheer/logboek")
def audit() -> Page:
    """One page of the log: the events with a smaller id than the query's `before`, or the newest ones."""
    before = request.args.get("before", "")
    events = latest(read(), PAGE, int(before) if before.isdecimal() else None)
    return render_template("admin_audit.html", events=events, more=len(events) == PAGE)
