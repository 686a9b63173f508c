"""The form of who gets the month report by mail."""

from flask import flash, redirect, request, url_for

from callcenter.access.audit import note as audit
from callcenter.reports import recipients as stored
from callcenter.web.locale import _
from callcenter.web.page import LEADS, Page, now, pages, read, visitor, writing
from callcenter.web.sure import asks_first
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
    """Remove a recipient, after asking. One that is gone already is no fault."""
    recipient_id = typed_number("recipient", MOST_ID)
    found = stored.address_of(read(), recipient_id) if recipient_id is not None else None
    if found is not None:
        follows = [_("This address gets no report any more, also not the one of this month.")]
        title = _("Remove %(address)s?", address=found)
        question = asks_first(title, follows, _("Yes, remove it"), url_for("reports.reports"))
        if question is not None:
            return question
    with writing() as session:
        if recipient_id is not None and stored.remove(session, recipient_id):
            audit(session, now(), visitor().email, "report_recipient_removed", f"report_recipient:{recipient_id}")
    flash(_("This address gets no report any more."))
    return redirect(url_for("reports.reports"), 303)
