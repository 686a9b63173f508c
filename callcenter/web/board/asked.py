"""What the page of the figures, and its file, are asked for: days, line and group, read from the address."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import abort, request

from callcenter.lines.records import Line
from callcenter.reachability.days import By
from callcenter.reachability.queries import Report, period, week_of_hours
from callcenter.rota.model import Rota
from callcenter.web import formats
from callcenter.web.page import now, read
from callcenter.web.typed import MOST_ID, day_of, whole_number

# The length of each ready-made period, in days.
PERIODS = {"week": 7, "month": 28, "quarter": 91, "year": 364}
_LONGEST = timedelta(days=5 * 366)
# A longer period is shown by week.
_MOST_DAYS = 62


@dataclass(frozen=True, slots=True)
class Asked:
    """first, last: local days; line_id, group: None is all."""

    first: date
    last: date
    line_id: int | None
    group: str | None

    @property
    def after(self) -> date:
        """The day after the last one."""
        return self.last + timedelta(days=1)

    @property
    def by(self) -> By:
        """What a point stands for: a day, or in a long period a week."""
        return "day" if (self.last - self.first).days <= _MOST_DAYS else "week"

    def report(self, rota: Rota) -> Report:
        """The figures, by day or by week."""
        return period(read(), rota, now(), self.first, self.after, group=self.group, line_id=self.line_id, by=self.by)

    def week_of_hours(self, rota: Rota) -> dict[tuple[int, int], tuple[int, int]]:
        """Answered and offered calls by weekday and local hour."""
        return week_of_hours(read(), rota, now(), self.first, self.after, group=self.group, line_id=self.line_id)


def asked() -> Asked:
    """What the request asks for. A line that does not exist: 404."""
    first, last = _days()
    line_id = whole_number(request.args.get("line", ""), MOST_ID)
    # All lines together would answer another question than the one that was asked.
    if request.args.get("line") and (line_id is None or read().get(Line, line_id) is None):
        abort(404)
    return Asked(first, last, line_id, request.args.get("group") or None)


def _days() -> tuple[date, date]:
    """First and last day: those of the query, else of a ready-made period that ends today."""
    today = formats.local(now()).date()
    first, last = day_of(request.args.get("from", "")), day_of(request.args.get("to", ""))
    if first is not None and last is not None and first <= last:
        return max(first, last - _LONGEST), last
    return today - timedelta(days=PERIODS.get(request.args.get("period", ""), PERIODS["month"]) - 1), today
