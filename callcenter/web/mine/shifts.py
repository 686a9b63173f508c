"""When does the consultant work? The own shifts of the coming week, each shown whole."""

from datetime import datetime, timedelta

from callcenter.rota.model import DutyInterval, Rota
from callcenter.rota.whole_duty import whole_duty
from callcenter.web import formats

SHIFT_DAYS = 7


def own_shifts(rota: Rota | None, code: str, now: datetime) -> list[DutyInterval]:
    """A consultant's duty that is not over, up to the end of the seventh day; each from its own start."""
    if rota is None:
        return []
    return whole_duty(rota, code, now, formats.midnight(formats.local(now).date() + timedelta(days=SHIFT_DAYS)))
