"""Reads the present values for gauges. The cost of none of them grows with the number of past calls."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, exists, func, or_, select, text
from sqlalchemy.orm import Session

from callcenter.callbacks.records import TO_RING, UNCLOSED, Callback
from callcenter.callbacks.under_way import is_under_way
from callcenter.calls.call import Call
from callcenter.reachability.labels import UNANSWERED
from callcenter.storage.records import JobRun
from callcenter.telephony.records import GIVEN_UP, PENDING, OutboxMessage

_UNPROMISED = text(
    "call.callback_id IS NULL AND call.outcome IN ({})".format(", ".join(f"'{outcome}'" for outcome in UNANSWERED))
)
# How far back we look for unanswered calls without a callback and for failed orders, and how long after the outcome a
# callback may be missing.
_LOOK_BACK = timedelta(hours=24)
_GRACE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Live callbacks by state, and how many of them are overdue."""

    by_state: dict[str, int]
    overdue: int


@dataclass(frozen=True, slots=True)
class Outbox:
    """The outbox. by_kind: orders by (kind, state), pending ones and those given up in the last 24 hours; oldest_s: for
    how many seconds the oldest has been due; oldest_recording_s: for how many the oldest recording waits."""

    by_kind: dict[tuple[str, str], int]
    oldest_s: float
    oldest_recording_s: float


def calls_in_progress(session: Session) -> dict[tuple[int, str], int]:
    """Calls that have not ended, by line id and state."""
    statement = (
        select(Call.line_id, Call.state, func.count()).where(Call.ended_at.is_(None)).group_by(Call.line_id, Call.state)
    )
    return {(line_id, state): n for line_id, state, n in session.execute(statement)}


def callbacks(session: Session, now: datetime) -> Callbacks:
    """The live callbacks at `now`."""
    late = func.count().filter(TO_RING, Callback.due_at < now, ~is_under_way(now))
    statement = select(Callback.state, func.count(), late).where(UNCLOSED).group_by(Callback.state)
    rows = session.execute(statement).all()
    return Callbacks({state: n for state, n, _ in rows}, sum(overdue for _, _, overdue in rows))


def unanswered_without_callback(session: Session, now: datetime) -> int:
    """How many unanswered calls of the last 24 hours, from a caller with a number, have no callback.

    A callback of that number that was live at some time since the call will do, such as one made by hand. Numbers that
    we do not dial count too: a person acts on their callbacks. Rejected calls, calls of consultants and calls in
    progress do not count.
    """
    number = func.coalesce(Call.keyed_number, Call.from_number)
    since_then = exists().where(
        Callback.number == number, or_(Callback.closed_at.is_(None), Callback.closed_at >= Call.received_at)
    )
    statement = select(func.count()).where(
        and_(
            _UNPROMISED,
            Call.received_at >= now - _LOOK_BACK,
            Call.outcome_at <= now - _GRACE,
            number.is_not(None),
            Call.staff.is_(None),
            ~since_then,
        )
    )
    return session.scalar(statement) or 0


def outbox(session: Session, now: datetime) -> Outbox:
    """The pending orders at `now`, and those given up lately."""
    order = OutboxMessage
    pending = (
        select(order.kind, order.state, func.count(), func.min(order.not_before), func.min(order.created_at))
        .where(PENDING)
        .group_by(order.kind, order.state)
    )
    given_up = (
        select(order.kind, order.state, func.count())
        .where(GIVEN_UP, order.done_at >= now - _LOOK_BACK)
        .group_by(order.kind, order.state)
    )
    rows = session.execute(pending).all()
    by_kind = {(kind, state): n for kind, state, n, *_ in rows}
    by_kind |= {(kind, state): n for kind, state, n in session.execute(given_up)}
    # A channel of the team lead may take minutes over a message that is being sent.
    late = [not_before for kind, state, _, not_before, _ in rows if (kind, state) != ("notify_lead", "taken")]
    due_since = min(late, default=now)
    recorded_at = min((created_at for kind, *_, created_at in rows if kind == "fetch_recording"), default=now)
    return Outbox(by_kind, _seconds_since(due_since, now), _seconds_since(recorded_at, now))


def _seconds_since(instant: datetime, now: datetime) -> float:
    return max(0.0, (now - instant).total_seconds())


def last_good_runs(session: Session) -> dict[str, datetime]:
    """When each scheduled job last succeeded (UTC)."""
    statement = select(JobRun.name, JobRun.last_success_at).where(JobRun.last_success_at.is_not(None))
    return {name: at for name, at in session.execute(statement) if at is not None}
