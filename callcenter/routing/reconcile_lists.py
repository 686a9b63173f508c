"""Which calls of Twilio's list are not stored, and what else the list has of their time."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session, sessionmaker

from callcenter.callbacks.records import CallbackAttempt
from callcenter.calls.call import Call
from callcenter.calls.leg import FINAL, Leg
from callcenter.lines.records import Line
from callcenter.storage.engine import reading
from callcenter.telephony.listed_calls import CallerRung, ListedCall, callers_rung
from callcenter.telephony.twilio_api import TwilioApi

# Twilio's list is seconds behind, and the webhook of a call that just began may still be running.
SETTLED_AFTER = timedelta(seconds=90)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Missing:
    """What Twilio's list has of one line and we have not, each in the order of the list.

    lost: calls; unended: stored calls whose end is not; inbound: all calls to the line, ours or not; legs: calls to
    consultants' mobiles, with the consultant; rings: of callers, by a callback.
    """

    line: Line
    lost: list[ListedCall]
    unended: list[ListedCall]
    inbound: list[ListedCall]
    legs: list[tuple[str, ListedCall]]
    rings: list[CallerRung]


def read_missing(
    sessions: sessionmaker[Session],
    twilio: TwilioApi,
    line: Line,
    mobiles: Mapping[str, str],
    since: datetime,
    now: datetime,
    *,
    was_away: bool,
) -> Missing:
    """Read Twilio's list of a line's calls since an instant (UTC), and compare it with what is stored.

    mobiles: consultants by number; was_away: nothing was reconciled for a while, so rings of callers may be missing.
    Without that, and without a lost call, the list of our own calls is not read. Raises RestError.
    """
    inbound = [call for call in twilio.calls_to(line.number, since) if _is_settled(call, now)]
    over = [call for call in inbound if call.status in FINAL]
    stored = dict(_stored(sessions, Call.call_sid, Call.ended_at, over))
    lost = [call for call in over if call.sid not in stored]
    unended = [call for call in over if call.sid in stored and stored[call.sid] is None]
    if not lost and not was_away:
        return Missing(line, lost, unended, inbound, [], [])
    ours = [call for call in twilio.calls_from(line.number, since) if call.status in FINAL]
    rings = callers_rung(ours, mobiles)
    of_rings = {ring.leg.sid for ring in rings}
    legs = [(mobiles[str(call.to)], call) for call in ours if call.to in mobiles and call.sid not in of_rings]
    known_legs = dict(_stored(sessions, Leg.leg_sid, Leg.id, (call for _, call in legs)))
    known_rings = dict(_stored(sessions, CallbackAttempt.leg_sid, CallbackAttempt.id, (ring.leg for ring in rings)))
    return Missing(
        line,
        lost,
        unended,
        inbound,
        [(code, call) for code, call in legs if call.sid not in known_legs],
        [ring for ring in rings if ring.leg.sid not in known_rings],
    )


def _is_settled(call: ListedCall, now: datetime) -> bool:
    return call.direction == "inbound" and call.started_at is not None and call.started_at <= now - SETTLED_AFTER


def _stored(
    sessions: sessionmaker[Session],
    sid: InstrumentedAttribute[Any],
    value: InstrumentedAttribute[Any],
    calls: Iterable[ListedCall],
) -> Iterator[tuple[str, Any]]:
    """The sid and another column of the stored rows of these calls."""
    remaining = [call.sid for call in calls]
    with reading(sessions) as session:
        while remaining:
            part, remaining = remaining[:_AT_ONCE], remaining[_AT_ONCE:]
            for row in session.execute(select(sid, value).where(sid.in_(part))):
                yield str(row[0]), row[1]
