"""Has anything changed in the office since a page was shown?"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Select, func, select, true

from callcenter.access.records import AuditEvent
from callcenter.callbacks.records import TO_RING, UNCLOSED, Callback, CallbackAttempt
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.records import Voicemail, VoicemailAudio
from callcenter.presence.records import ConsultantState
from callcenter.rota.records import RotaVersion

# One row of counts and newest instants.
Parts = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Glance:
    """What of the office is seen without opening a page.

    version: another one as soon as anything of it changed; waiting: callers who hear the telephone ring; newest: the id
    of the last of them, 0 without one.
    """

    version: str
    waiting: int
    newest: int


def glance(connection: Connection, now: datetime) -> Glance:
    """The office at this instant (UTC), by one statement that reads what is under way, and no history.

    What ends by time alone, such as a break, is compared with `now` here. Rare changes that no deed of a person makes
    are not seen; each page is rendered anew every minute for those.
    """
    parts = [one.subquery() for one in (_calls(), _legs(), _callbacks(now), _attempts(now), _people(now), _stored())]
    calls = parts[0]
    joined: Any = calls
    for part in parts[1:]:
        joined = joined.join(part, true())
    row = connection.execute(select(*(column for part in parts for column in part.c)).select_from(joined)).one()
    version = sha256(repr(tuple(row)).encode()).hexdigest()[:16]
    return Glance(version, row.waiting, row.newest or 0)


def _calls() -> Parts:
    rings = Call.state == "ringing"
    return select(
        func.count().label("calls"),
        func.count().filter(rings).label("waiting"),
        func.max(Call.id).filter(rings).label("newest"),
        func.sum(Call.id).label("which_calls"),
        func.sum(Call.tier).label("tiers"),
        func.count(Call.connected_at).label("connected"),
        func.count(Call.message_at).label("offered_message"),
        func.max(Call.last_event_at).label("last_event"),
    ).where(Call.ended_at.is_(None))


def _legs() -> Parts:
    return select(
        func.count().label("legs"),
        func.sum(Leg.id).label("which_legs"),
        func.count(Leg.picked_up_at).label("picked_up"),
        func.count(Leg.accepted_at).label("accepted"),
    ).where(Leg.ended_at.is_(None))


def _callbacks(now: datetime) -> Parts:
    return select(
        func.count().label("callbacks"),
        func.count().filter(TO_RING, Callback.due_at < now).label("overdue"),
        func.count().filter(Callback.state == "claimed").label("claimed"),
        func.count(Callback.closes_as).label("only_messages"),
        func.count(Callback.owner).label("owned"),
        func.count(Callback.untold_at).label("untold"),
        func.max(Callback.owner_since).label("given"),
        func.max(Callback.question_at).label("asked"),
        func.sum(Callback.priority).label("priority"),
        func.sum(Callback.attempts).label("attempts"),
        func.sum(Callback.moved).label("moved"),
    ).where(UNCLOSED)


def _attempts(now: datetime) -> Parts:
    return select(
        func.count().label("attempts_made"),
        func.sum(CallbackAttempt.id).label("which_attempts"),
        func.count().filter(CallbackAttempt.expires_at > now).label("attempts_alive"),
        func.count(CallbackAttempt.leg_sid).label("owner_rung"),
        func.count(CallbackAttempt.dialled_at).label("dialled"),
        func.count(CallbackAttempt.answered_at).label("answered"),
    ).where(CallbackAttempt.ended_at.is_(None))


def _people(now: datetime) -> Parts:
    state = ConsultantState
    return select(
        func.count().filter(state.reserved_until > now).label("taken"),
        func.count().filter(state.presence_until > now).label("said"),
        func.count().filter(state.wrap_up_until > now).label("in_wrap_up"),
        func.count().filter(state.paused_until > now).label("paused"),
        func.count(state.talking_since).label("talking"),
        func.max(state.presence_at).label("last_said"),
        func.max(state.talking_since).label("last_talk"),
        func.max(state.last_call_ended_at).label("last_hung_up"),
    )


def _stored() -> Parts:
    """The newest rows of what only grows. Each deed of a person is in the audit log."""
    return select(
        select(func.max(AuditEvent.id)).scalar_subquery().label("deeds"),
        select(func.max(RotaVersion.id)).scalar_subquery().label("rota"),
        select(func.max(Voicemail.id)).scalar_subquery().label("messages"),
        select(func.max(VoicemailAudio.voicemail_id)).scalar_subquery().label("sounds"),
    )
