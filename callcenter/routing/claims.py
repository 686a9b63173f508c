"""Whose mobile is taken, and by which call? One conditional UPDATE decides, so two callers never ring one mobile."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from callcenter.rota.presence import PersonState
from callcenter.rota.records import ConsultantState

# A leg's last event may be lost: the claim then frees itself this long after the ring time.
GRACE_S = 15
# No talk lasts longer: Twilio ends a <Dial> after four hours (its timeLimit's default).
TALK_LIMIT = timedelta(hours=4)


def person_states(session: Session) -> dict[str, PersonState]:
    """What is stored of everybody, by code."""
    columns = ConsultantState.__table__.c
    rows = session.connection().execute(
        select(
            columns.code,
            columns.presence,
            columns.presence_until,
            columns.reserved_until,
            columns.talking_since,
            columns.wrap_up_until,
            columns.paused_until,
            columns.not_accepted,
            columns.last_offered_at,
            columns.last_call_ended_at,
        )
    )
    return {
        row.code: PersonState(
            row.code,
            row.presence,
            row.presence_until,
            row.reserved_until,
            row.talking_since is not None,
            row.wrap_up_until,
            row.paused_until,
            row.not_accepted,
            row.last_offered_at,
            row.last_call_ended_at,
        )
        for row in rows
    }


def know(session: Session, codes: Iterable[str]) -> None:
    """Make sure that these consultants have a state to claim."""
    rows = [{"code": code, "presence": "available", "not_accepted": 0, "offers": 0} for code in codes]
    if rows:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        session.execute(dialect.insert(ConsultantState).values(rows).on_conflict_do_nothing())


def claim(session: Session, codes: Collection[str], key: str, until: datetime, now: datetime) -> set[str]:
    """Reserve those of these consultants who are free, for the call `key`; returns whom we got.

    A row that another transaction holds is being claimed: it is passed over, not waited for.
    """
    state = ConsultantState
    free = (
        select(state.code)
        .where(state.code.in_(codes), or_(state.reserved_until.is_(None), state.reserved_until <= now))
        .order_by(state.code)
        .with_for_update(skip_locked=True)
    )
    got = session.execute(
        update(state)
        .where(state.code.in_(free))
        .values(
            reserved_for=key, reserved_until=until, talking_since=None, last_offered_at=now, offers=state.offers + 1
        )
        .returning(state.code)
        .execution_options(synchronize_session=False)
    )
    return set(got.scalars())


def extend(session: Session, code: str, key: str, until: datetime) -> None:
    """Move the end of a claim that is still ours."""
    _change(session, code, key, reserved_until=until)


def start_talk(session: Session, code: str, key: str, now: datetime) -> None:
    """The consultant accepted: taken until the talk ends; an accepted call clears the count of unaccepted offers."""
    _change(
        session,
        code,
        key,
        reserved_until=now + TALK_LIMIT,
        talking_since=now,
        not_accepted=0,
        paused_until=None,
    )


def release(session: Session, code: str, key: str) -> None:
    """Free a consultant who was rung and did not talk."""
    _change(session, code, key, reserved_for=None, reserved_until=None, talking_since=None)


def end_talk(session: Session, code: str, key: str, now: datetime, wrap_up_s: int) -> None:
    """Free a consultant after a talk, with time to write it up."""
    _change(
        session,
        code,
        key,
        reserved_for=None,
        reserved_until=None,
        talking_since=None,
        last_call_ended_at=now,
        wrap_up_until=now + timedelta(seconds=wrap_up_s),
    )


def note_not_accepted(session: Session, code: str, now: datetime, *, after: int, pause_min: int) -> None:
    """Count an offer that was not accepted; at the `after`-th in a row the consultant is paused."""
    row = session.execute(
        update(ConsultantState)
        .where(ConsultantState.code == code)
        .values(not_accepted=ConsultantState.not_accepted + 1)
        .returning(ConsultantState.not_accepted)
        .execution_options(synchronize_session=False)
    ).scalar()
    if row is not None and row >= after:
        session.execute(
            update(ConsultantState)
            .where(ConsultantState.code == code)
            .values(not_accepted=0, paused_until=now + timedelta(minutes=pause_min))
            .execution_options(synchronize_session=False)
        )


def _change(session: Session, code: str, key: str, **values: object) -> None:
    session.execute(
        update(ConsultantState)
        .where(ConsultantState.code == code, ConsultantState.reserved_for == key)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
