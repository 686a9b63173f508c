"""Reads the figures of a month report from the database."""

from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callcenter.calls.call import Call
from callcenter.directory.queries import School
from callcenter.lines.records import Line
from callcenter.reachability.days import day_start
from callcenter.reachability.month_report import MonthReport, OfSchool, Ring, make, month_before, next_month
from callcenter.reachability.queries import period
from callcenter.reachability.records import FigureDay
from callcenter.reports.sheet import Sheet, sheet_of
from callcenter.rota.model import Rota
from callcenter.rota.versions import in_force


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
        _service_levels(session, rota, month_before(month), min(end, now.astimezone(rota.zone).date())),
        chosen.target,
        erased=school is not None and _is_erased(session, rota, month_before(month), end),
    )


def _service_levels(session: Session, rota: Rota, first: date, end: date) -> tuple[float, ...]:
    """What "in time" meant on the local days from `first` up to and with `end`, shortest first.

    Each call is judged by the policy of its own day.
    """
    rota_at = in_force(session)
    days = (first + timedelta(days=number) for number in range((end - first).days + 1))
    versions = (rota_at(day_start(rota.zone, day)) for day in days)
    return tuple(sorted({one.policy.figures.service_level_s for one in versions if one is not None}))


def _is_erased(session: Session, rota: Rota, first: date, end: date) -> bool:
    """Whether a day from `first` up to `end` was counted whose calls are no longer stored, as a school's must be."""
    counted = session.scalar(select(func.min(FigureDay.day)).where(FigureDay.day >= first, FigureDay.day < end))
    oldest = session.scalar(select(func.min(Call.received_at)))
    return counted is not None and (oldest is None or day_start(rota.zone, counted + timedelta(days=1)) <= oldest)


def report_sheet(
    session: Session, rota: Rota, now: datetime, month: date, locale: str, school: School | None = None
) -> Sheet:
    """The same report in words, as page, file and mail show it."""
    office = session.scalar(select(Line.name).where(Line.ended_at.is_(None)).order_by(Line.id).limit(1)) or "callcenter"
    report = month_report(session, rota, now, month, school)
    return sheet_of(report, office, now.astimezone(rota.zone), locale)
