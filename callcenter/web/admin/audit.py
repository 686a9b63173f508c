"""The page of the audit log: who saw, heard or changed what, newest first."""

from flask import render_template, request

from callcenter.access.audit import how_many, latest
from callcenter.paths import MAX_ID
from callcenter.web.page import ADMINS, Page, pages, read
from callcenter.web.typed import whole_number

PAGE = 100

blueprint = pages("admin_audit", ADMINS)


@blueprint.get("/beheer/logboek")
def audit() -> Page:
    """One page of the log: the events with a smaller id than the query's `before`, or the newest ones."""
    events = latest(read(), PAGE + 1, whole_number(request.args.get("before", ""), MAX_ID))
    return render_template("admin_audit.html", events=events[:PAGE], more=len(events) > PAGE, count=how_many(read()))
