"""The form of who gets the month report by mail."""

from flask import flash, redirect, request, url_for

from callcenter.access.audit import note as audit
from callcenter.reports import recipients as stored
from callcenter.web.locale import _
from callcenter.web.page import LEADS, Page, now, pages, visitor, writing
from callcenter.web.typed import MOST_ID, typed_number

blueprint = pages("report_recipients", LEADS)


@blueprint.post("/rapport")
def add() -> Page:
    """Add a recipient."""
    with writing() as session:
        made = stored.add(session, request.form.get("address", ""), visitor().email, now())
        audit(session, now(), visitor().email, "report_recipient_added", f"report_recipient:{made.id}")
    flash(_("%(address)s gets the report of each month.", address=made.address))
    return redirect(url_for("reports.reports"), 303)


@blueprint.post("/rapport/ontvangers/weg")
def remove() -> Page:
    """Remove a recipient. One that is gone already is no fault."""
    recipient_id = typed_number("recipient", MOST_ID)
    with writing() as session:
        if recipient_id is not None and stored.remove(session, recipient_id):
            audit(session, now(), visitor().email, "report_recipient_removed", f"report_recipient:{recipient_id}")
    flash(_("This address gets no report any more."))
    return redirect(url_for("reports.reports"), 303)
