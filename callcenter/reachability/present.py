"""What is going on this second? Small reads for the live gauges; none of them grows with the calls behind us."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, select, text
from sqlalchemy.orm import Session

from callcenter.callbacks.records import UNCLOSED, Callback
from callcenter.reachability.labels import UNANSWERED
from callcenter.routing.records import Call, Line
from callcenter.storage.records import JobRun
from callcenter.telephony.records import PENDING, OutboxMessage

_UNPROMISED = text(
    "call.callback_id IS NULL AND call.outcome IN ({})".format(", ".join(f"'{outcome}'" for outcome in UNANSWERED))
)
# How far back an unanswered call without a promise is looked for, and how long its promise may take to be written.
_LOOK_BACK = timedelta(hours=24)
_GRACE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Unclosed callbacks by state, and how many of them are over time."""

    by_state: dict[str, int]
    overdue: int


@dataclass(frozen=True, slots=True)
class Outbox:
    """Orders not carried out yet by (kind, state), and for how many seconds the oldest of them has been due."""

    by_kind: dict[tuple[str, str], int]
    oldest_s: float


def lines(session: Session) -> Sequence[Line]:
    """The lines, in the order they were added."""
    return session.scalars(select(Line).order_by(Line.id)).all()


def calls_in_progress(session: Session) -> dict[tuple[int, str], int]:
    """Calls that have not ended, by line and state."""
    statement = (
        select(Call.line_id, Call.state, func.count()).where(Call.ended_at.is_(None)).group_by(Call.line_id, Call.state)
    )
    return {(line_id, state): n for line_id, state, n in session.execute(statement)}


def callbacks(session: Session, now: datetime) -> Callbacks:
    """How the promises stand at `now`."""
    late = func.count().filter(Callback.due_at < now)
    statement = select(Callback.state, func.count(), late).where(UNCLOSED).group_by(Callback.state)
    rows = session.execute(statement).all()
    return Callbacks({state: n for state, n, _ in rows}, sum(overdue for _, _, overdue in rows))


def unanswered_without_callback(session: Session, now: datetime) -> int:
    """Calls of the last 24 hours that nobody took, from a caller with a number, and that no callback was made for.

    Whether we may dial the number does not matter: what we do not dial, a person acts on. A rejected call, a
    colleague's, and one still going on are none of these.
    """
    statement = select(func.count()).where(
        and_(
            _UNPROMISED,
            Call.received_at >= now - _LOOK_BACK,
            Call.outcome_at <= now - _GRACE,
            func.coalesce(Call.keyed_number, Call.from_number).is_not(None),
            Call.staff.is_(None),
        )
    )
    return session.scalar(statement) or 0


def outbox(session: Session, now: datetime) -> Outbox:
    """What we still owe the outside at `now`."""
    statement = (
        select(OutboxMessage.kind, OutboxMessage.state, func.count(), func.min(OutboxMessage.not_before))
        .where(PENDING)
        .group_by(OutboxMessage.kind, OutboxMessage.state)
    )
    rows = session.execute(statement).all()
    oldest = min((not_before for *_, not_before in rows), default=now)
    return Outbox({(kind, state): n for kind, state, n, _ in rows}, max(0.0, (now - oldest).total_seconds()))


def last_good_runs(session: Session) -> dict[str, datetime]:
    """When each job of the clock last did its work."""
    statement = select(JobRun.name, JobRun.last_success_at).where(JobRun.last_success_at.is_not(None))
    return {name: at for name, at in session.execute(statement) if at is not None}
