"""The job for a clock that was set back: nobody waits as long as the step for what was stored before it.

A host that boots a day ahead and is set right leaves orders, calls and claims behind that are due tomorrow.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session, sessionmaker

from callcenter.callbacks.promises import owe_from_now
from callcenter.callbacks.records import UNCLOSED, Callback, CallbackAttempt, PromisedTime
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.clock import STEP_TOLERANCE, Clock
from callcenter.presence.claims import TALK_LIMIT
from callcenter.presence.records import ConsultantState
from callcenter.rota import versions
from callcenter.storage.clock_steps import Watched, any_ahead, limits, move_back
from callcenter.storage.engine import reading_connection
from callcenter.storage.records import JobRun
from callcenter.telephony.records import PENDING, OutboxMessage

log = logging.getLogger(__name__)
# No lease of an order is longer, and no claim of a consultant: a talk, with the time to ring both sides.
LONGEST_LEASE = timedelta(minutes=10)
LONGEST_CLAIM = TALK_LIMIT + timedelta(minutes=15)

# Names of columns, here and below.
_CALL_PAST = ("received_at", "last_event_at", "accepted_at", "connected_at", "message_at", "ended_at")
_CALL_ENDS = ("tier_ends_at", "deadline_at", "next_due_at", "fetch_ordered_at", "fetch_sent_at")
_TOLD = ("notified_at", "reminded_at", "overdue_told_at", "escalated_at", "lead_warned_at", "untold_at", "retimed_at")
_CALLBACK_PAST = ("created_at", "asked_at", "owner_since", "question_at", *_TOLD)
# Live ones and those whose result a wrong clock judged are among the newest, which the primary key finds.
_NEWEST_TIMES = PromisedTime.id > select(func.max(PromisedTime.id)).scalar_subquery() - 500
_NEWEST_ATTEMPTS = CallbackAttempt.id > select(func.max(CallbackAttempt.id)).scalar_subquery() - 500
WATCHED: tuple[Watched, ...] = (
    Watched(OutboxMessage, PENDING, ("created_at",), ("not_before", "expires_at"), {"taken_until": LONGEST_LEASE}),
    Watched(Call, Call.ended_at.is_(None), _CALL_PAST, _CALL_ENDS),
    Watched(Call, Call.next_due_at.is_not(None), _CALL_PAST, _CALL_ENDS),  # over, and about to get its callback
    Watched(
        Leg, Leg.ended_at.is_(None), ("offered_at", "initiated_at", "picked_up_at", "accepted_at"), ("expires_at",)
    ),
    Watched(ConsultantState, past=("presence_at",), ends=("presence_until",)),
    Watched(
        ConsultantState,
        past=("talking_since", "last_offered_at"),
        ends=("paused_until",),
        longest={"reserved_until": LONGEST_CLAIM},
    ),
    Watched(ConsultantState, past=("last_call_ended_at",), ends=("wrap_up_until",)),
    Watched(
        CallbackAttempt, _NEWEST_ATTEMPTS, ("started_at", "dialled_at", "answered_at", "ended_at"), ("expires_at",)
    ),
    Watched(PromisedTime, _NEWEST_TIMES, ("made_at", "kept_at", "withdrawn_at", "counted_at"), ("due_at",)),
    Watched(Callback, UNCLOSED, _CALLBACK_PAST),
    Watched(JobRun, past=("last_success_at", "last_error_at")),
)
_ANY_AHEAD = any_ahead(WATCHED)


def run(sessions: sessionmaker[Session], clock: Clock) -> int:
    """Move back every row that was stored in the future. Returns how many; mostly it only reads, in one statement.

    Each kind is a transaction of its own. It may run on several hosts: a row that was moved back is right for all.
    """
    now = clock.now()
    with reading_connection(sessions) as connection:
        ((any_found,),) = _ANY_AHEAD(connection, limits(WATCHED, now))
    if not any_found:
        return 0
    with sessions.begin() as session:
        rota = versions.active_rota(session)
        if rota is not None:
            owe_from_now(session, rota, _owed(session, now), now)
    with sessions.begin() as session:
        # What a wrong clock told too early is told again when it is true.
        session.execute(
            update(Callback)
            .where(
                UNCLOSED,
                Callback.due_at > now,
                or_(Callback.overdue_told_at.is_not(None), Callback.escalated_at.is_not(None)),
            )
            .values(reminded_at=None, overdue_told_at=None, escalated_at=None, lead_warned_at=None),
            execution_options={"synchronize_session": False},
        )
    moved: dict[str, int] = {}
    for kind in WATCHED:
        with sessions.begin() as session:
            table = kind.rows.__tablename__
            moved[table] = moved.get(table, 0) + len(move_back(session, kind, now))
    log.warning("the clock was set back; rows that it had stored in the future: %s", moved)
    return sum(moved.values())


def _owed(session: Session, now: datetime) -> Sequence[int]:
    """The live callbacks whose due time was computed by the wrong clock: from their call, or from an attempt."""
    limit = now + STEP_TOLERANCE
    rung = select(CallbackAttempt.callback_id).where(
        _NEWEST_ATTEMPTS, CallbackAttempt.started_at > limit, CallbackAttempt.result.is_not(None)
    )
    asked = or_(Callback.created_at > limit, Callback.asked_at > limit, Callback.id.in_(rung))
    return session.scalars(select(Callback.id).where(UNCLOSED, asked).order_by(Callback.id)).all()
