"""Takes back that a rota was put in force: the version before it holds again, as a new version."""

from datetime import datetime

from sqlalchemy.orm import Session

from callcenter.errors import IllegalTransition
from callcenter.rota import versions
from callcenter.rota.records import RotaVersion


def take_back(session: Session, before: int, after: int, by: str, now: datetime) -> RotaVersion:
    """Put version `before` in force again, unless another one than `after` is in force by now. Not committed.

    Raises IllegalTransition, NotFound for a version that was erased, and RotaRefused when it does not pass the checks
    of today.
    """
    versions.wait_for_others(session, now)
    found = versions.active(session)
    if found is None or found[0] != after:
        raise IllegalTransition("another rota is in force by now")
    return versions.restore(session, before, by, now)
