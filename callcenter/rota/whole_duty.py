"""One person's duty in a period, each interval from its own start to its own end, also when the period cuts it."""

from datetime import datetime, timedelta

from callcenter.rota.duty import timeline
from callcenter.rota.minutes import as_utc
from callcenter.rota.model import DutyInterval, Rota

# How far outside the period the ends are searched for. Duty that goes on for longer is cut there, as one without end.
_OUTSIDE_DAYS = (1, 8)


def whole_duty(rota: Rota, code: str, a: datetime, b: datetime) -> list[DutyInterval]:
    """A consultant's intervals that share a moment with the aware instants a to b (half-open), earliest first.

    `timeline` cuts duty at both ends of the period: a shift would begin "now" on a page, and a calendar would get
    another event for it at each poll.
    """
    a, b = as_utc(a), as_utc(b)
    found: list[DutyInterval] = []
    for days in _OUTSIDE_DAYS:
        first, last = a - timedelta(days=days), b + timedelta(days=days)
        found = [one for one in timeline(rota, first, last) if one.consultant == code and one.end > a and one.start < b]
        if all(one.start > first and one.end < last for one in found):
            break
    return found
