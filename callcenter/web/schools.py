"""The pages of schools: the search, and one school's numbers, figures, calls and callbacks."""

from datetime import timedelta

from flask import redirect, render_template, request, url_for

from callcenter.access.audit import note as audit
from callcenter.callbacks.queries import Filters, listing
from callcenter.directory import undo as of_schools
from callcenter.directory.queries import count, search, teach
from callcenter.directory.queries import school as stored_school
from callcenter.reachability.queries import period
from callcenter.web import formats, undo
from callcenter.web.active_rota import rota
from callcenter.web.calls.conditions import CallFilter
from callcenter.web.calls.queries import call_list
from callcenter.web.locale import _
from callcenter.web.page import LEADS, Page, now, pages, read, visitor, writing

# A school calls about ten times a year, so figures need a whole year.
LOOK_BACK_DAYS = 365
LATEST = 10

blueprint = pages("schools", LEADS)


@blueprint.get("/scholen")
def schools() -> Page:
    """Schools by name, place, code or telephone number."""
    query = request.args.get("q", "").strip()
    return render_template(
        "schools.html",
        query=query,
        page=search(read(), query, after=request.args.get("after") or None),
        count=count(read(), query),
    )


@blueprint.get("/scholen/<code>")
def school(code: str) -> Page:
    """One school."""
    found, active = stored_school(read(), code), rota()
    last = formats.local(now()).date()
    first = last - timedelta(days=LOOK_BACK_DAYS)
    report = None
    if active is not None:
        report = period(read(), active, now(), first, last + timedelta(days=1), contact_id=found.contact_id, by="week")
    return render_template(
        "school.html",
        school=found,
        preferred=active.preferred_consultant(found.id, found.brin, found.municipality) if active else None,
        report=report,
        first=first,
        last=last,
        callbacks=listing(read(), Filters(state="live", contact_id=found.contact_id)).items,
        calls=call_list(read(), CallFilter(school=found.id)).items[:LATEST],
    )


@blueprint.post("/scholen/<code>/nummers")
def add_number(code: str) -> Page:
    """Add a number to a school."""
    number = request.form.get("number", "")
    with writing() as session:
        source = of_schools.remembered(session, code, number)
        found = teach(session, code, number)
        audit(session, now(), visitor().email, "number_taught", f"school:{found.id}")
        secret = undo.offered(session, "number", of_schools.part(found, number, source))
    undo.done(_("From now on this number is %(school)s.", school=found.name), secret)
    return redirect(url_for(".school", code=found.id), 303)
