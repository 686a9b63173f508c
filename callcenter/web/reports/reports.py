"""The month report, of all callers or of one school, as a page that prints on one A4 and as PDF."""

from datetime import date

from flask import Response, abort, redirect, render_template, request, url_for

from callcenter.access.audit import note as audit
from callcenter.directory.queries import school as stored_school
from callcenter.office import current_office
from callcenter.reachability.month_report import month_before, month_of, next_month
from callcenter.reports.reading import report_sheet
from callcenter.reports.recipients import last_sent
from callcenter.reports.sheet import Sheet, month_name
from callcenter.web import formats
from callcenter.web.active_rota import required_rota
from callcenter.web.locale import current
from callcenter.web.page import LEADS, Page, now, pages, read, visitor, writing

# How many months the list offers.
SHOWN = 13

blueprint = pages("reports", LEADS)


@blueprint.get("/rapport")
def reports() -> Page:
    """The months, newest first, and who gets the report by mail. A form sends the month that was typed."""
    typed = month_of(request.args.get("month", ""))
    if typed is not None:
        return redirect(url_for(".month", month=f"{typed:%Y-%m}"), 303)
    months = [_today().replace(day=1)]
    while len(months) < SHOWN:
        months.append(month_before(months[-1]))
    return render_template(
        "reports.html",
        months=[(f"{month:%Y-%m}", month_name(month, current())) for month in months],
        last=month_name(months[1], current()),
        sent=last_sent(read(), months[1]),
        can_mail=current_office().settings.mail_url is not None,
    )


@blueprint.get("/rapport/<month>")
def month(month: str) -> Page:
    """The month of all callers."""
    return _page(month, None)


@blueprint.get("/rapport/<month>.pdf")
def month_pdf(month: str) -> Page:
    """The same as PDF."""
    return _pdf(month, None)


@blueprint.get("/rapport/<month>/scholen/<code>")
def school(month: str, code: str) -> Page:
    """The month of one school, beside all schools."""
    return _page(month, code)


@blueprint.get("/rapport/<month>/scholen/<code>.pdf")
def school_pdf(month: str, code: str) -> Page:
    """The same as PDF."""
    return _pdf(month, code)


def _page(month: str, code: str | None) -> Page:
    first, sheet = _sheet(month, code)
    later = next_month(first)
    return render_template(
        "report.html",
        sheet=sheet,
        code=code,
        month=month,
        before=f"{month_before(first):%Y-%m}",
        after=f"{later:%Y-%m}" if later <= _today() else None,
    )


def _pdf(month: str, code: str | None) -> Page:
    from callcenter.reports.pdf import as_pdf  # ReportLab is loaded once it is needed

    _, sheet = _sheet(month, code)
    with writing() as session:
        subject = f"school:{code}" if code else "reports"
        audit(session, now(), visitor().email, "report_exported", subject, month=month)
    headers = {"Content-Disposition": f'inline; filename="{sheet.name}.pdf"'}
    return Response(as_pdf(sheet), headers=headers, content_type="application/pdf")


def _sheet(month: str, code: str | None) -> tuple[date, Sheet]:
    """The report of the month in the address. Aborts with 404 when it has not begun; raises NotFound for the school."""
    first = month_of(month)
    if first is None or first > _today():
        abort(404)
    school = stored_school(read(), code) if code else None
    return first, report_sheet(read(), required_rota(), now(), first, current(), school)


def _today() -> date:
    return formats.local(now()).date()
