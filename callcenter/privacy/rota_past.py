"""Erases past illnesses and remarks from the stored versions of the rota."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session, aliased

from callcenter.rota import versions
from callcenter.rota.erasing import still_ill, without_past
from callcenter.rota.records import RotaVersion

# A version that holds something to be erased later is looked at this often: an illness may get its end in a newer one.
_LOOK_AGAIN = timedelta(days=1)
_NEVER = datetime(9999, 12, 31, tzinfo=UTC)


def replaced_before(instant: datetime) -> ColumnElement[bool]:
    """Whether a newer version was loaded before an instant."""
    newer = aliased(RotaVersion)
    return select(newer.id).where(newer.id > RotaVersion.id, newer.loaded_at < instant).exists()


def erase_past(session: Session, before: datetime, now: datetime) -> int:
    """Erase from the first version that has it what ended before an instant. Returns 1, or 0 when no version has any.

    Not every version is read each time: `look_at` says which. The caller commits, and calls again.
    """
    look_at = RotaVersion.look_at
    # A clock that ran ahead stored an instant that is further away.
    of_wrong_clock = and_(look_at > now + 2 * _LOOK_AGAIN, look_at < _NEVER)
    due = select(RotaVersion.id, replaced_before(before)).where(or_(look_at.is_(None), look_at <= now, of_wrong_clock))
    looked_at = session.execute(due.order_by(RotaVersion.id)).all()
    active = versions.active_rota(session) if looked_at else None
    if active is None:
        return 0
    ill = still_ill(active, before)
    for number, replaced in looked_at:
        files = versions.files_of(session, number)
        erased = without_past(files, before, replaced=replaced, ill=ill)
        again = now + _LOOK_AGAIN if erased.more else _NEVER
        session.execute(update(RotaVersion).where(RotaVersion.id == number).values(look_at=again))
        if erased.files != files:
            versions.replace_files(session, number, erased.files, now)
            return 1
    return 0
