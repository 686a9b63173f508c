"""Was the last rota that somebody tried to load refused? A fact for the metric, beside the versions themselves."""

from datetime import datetime

from sqlalchemy.orm import Session

from callcenter.storage.facts import keep_fact, known_fact

_FACT = "rota_load_failed"


def note_load(session: Session, now: datetime, *, failed: bool) -> None:
    """Remember how the last attempt to load a rota went. The session is not committed.

    After RotaRefused it is for a transaction of its own: the one that was to load it is given up.
    """
    keep_fact(session, _FACT, {"failed": failed}, now)


def load_failed(session: Session) -> bool:
    """Whether the last attempt was refused, so that an older version is still in force."""
    fact = known_fact(session, _FACT)
    return fact is not None and bool(fact.value.get("failed"))
