"""Reads the figures of a month report from the database."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.directory.queries import School
from callcenter.lines.records import Line
from callcenter.reachability.month_report import MonthReport, OfSchool, Ring, make, month_before, next_month
from callcenter.reachability.queries import period
from callcenter.reports.sheet import Sheet, sheet_of
from callcenter.rota.model import Rota


def month_report(session: Session, rota: Rota, now: datetime, month: date, school: School | None = None) -> MonthReport:
    """The report of the month that begins on this local day, for all callers or for one school."""
    contact_id = school.contact_id if school else None
    end = next_month(month)
    of_month = period(session, rota, now, month, end, contact_id=contact_id, by="hour")
    before = period(session, rota, now, month_before(month), month, contact_id=contact_id)
    all_schools = period(session, rota, now, month, end, group="school").total if school else None
    rings = [
        Ring(bucket.day, bucket.start.astimezone(rota.zone).hour, bucket.figures.offered, bucket.figures.answered)
        for bucket in of_month.items
    ]
    chosen = rota.policy.figures
    return make(
        month,
        now.astimezone(rota.zone).date(),
        OfSchool(school.id, school.name, school.place) if school else None,
        of_month.total,
        before.total,
        all_schools,
        rings,
        chosen.service_level_s,
        chosen.target,
    )


def report_sheet(
    session: Session, rota: Rota, now: datetime, month: date, locale: str, school: School | None = None
) -> Sheet:
    """The same report in words, as page, file and mail show it."""
    office = session.scalar(select(Line.name).where(Line.ended_at.is_(None)).order_by(Line.id).limit(1)) or "callcenter"
    report = month_report(session, rota, now, month, school)
    return sheet_of(report, office, now.astimezone(rota.zone), locale)
