"""Queries on legs: the consultants whose mobiles rang, unanswered, within a period."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, union
from sqlalchemy.orm import Session

from callcenter.callbacks.records import CallbackAttempt
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg

# No leg rings later than this after its call arrived, so older calls need not be read.
_LONGEST_SEARCH = timedelta(minutes=15)


def being_rung(session: Session, consultants: Collection[str], since: datetime, until: datetime) -> frozenset[str]:
    """The consultants whose mobile rang for a call or a callback between two instants, which may be equal.

    since, until: UTC. A cancelled leg counts until its end is reported.
    """
    if not consultants:
        return frozenset()
    unanswered = or_(Leg.picked_up_at.is_(None), Leg.picked_up_at > since)
    theirs = and_(Leg.consultant.in_(consultants), Leg.offered_at <= until, unanswered)
    asked = [
        select(Leg.consultant).where(theirs, Leg.ended_at.is_(None), Leg.expires_at > since),
        # An attempt does not store when the mobile was picked up, so it counts until the caller is dialled.
        select(CallbackAttempt.consultant).where(
            CallbackAttempt.consultant.in_(consultants),
            CallbackAttempt.started_at <= until,
            CallbackAttempt.started_at > since - _LONGEST_SEARCH,
            or_(CallbackAttempt.dialled_at.is_(None), CallbackAttempt.dialled_at > since),
            or_(
                CallbackAttempt.ended_at > since,
                and_(CallbackAttempt.ended_at.is_(None), CallbackAttempt.expires_at > since),
            ),
        ),
    ]
    if since < until:
        asked.append(
            select(Leg.consultant)
            .join(Call, Call.id == Leg.call_id)
            .where(theirs, Leg.ended_at > since, Call.received_at > since - _LONGEST_SEARCH, Call.received_at <= until)
        )
    return frozenset(code for code in session.scalars(union(*asked)) if code is not None)
