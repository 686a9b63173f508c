"""An open page learns of every change of the office by one statement, whichever host made it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event, insert, update
from sqlalchemy.orm import Session, sessionmaker

from callcenter.access.audit import note
from callcenter.callbacks.records import Callback, CallbackAttempt
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.records import Voicemail
from callcenter.presence.records import ConsultantState
from callcenter.storage.engine import reading_connection
from callcenter.web.live.glance import Glance, glance
from tests.stored.conftest import NOW
from tests.web.seed import a_call

Change = Callable[[Session], object]
MINUTE = timedelta(minutes=1)
LEG = {
    "call_id": 1,
    "consultant": "AIS",
    "tier": "region",
    "state": "placed",
    "offered_at": NOW,
    "ring_timeout_s": 18,
    "expires_at": NOW + MINUTE,
}

# In the order in which they happen; each is seen on top of the ones before it.
CHANGES: dict[str, Change] = {
    "somebody rings": lambda session: session.add(a_call(1, NOW, None)),
    "another one rings": lambda session: session.add(a_call(2, NOW + MINUTE, None)),
    "the next step of the hunt": lambda session: session.execute(update(Call).values(tier=1)),
    "a mobile rings": lambda session: session.execute(insert(Leg).values(**LEG)),
    "it is picked up": lambda session: session.execute(update(Leg).values(picked_up_at=NOW)),
    "a talk begins": lambda session: session.execute(update(Call).where(Call.id == 1).values(connected_at=NOW)),
    "a call ends": lambda session: session.execute(update(Call).where(Call.id == 1).values(ended_at=NOW)),
    "a message is left": lambda session: session.add(Voicemail(received_at=NOW, state="announced")),
    "a consultant takes a break": lambda session: session.add(
        ConsultantState(code="AIS", presence="break", presence_at=NOW, presence_until=NOW + MINUTE)
    ),
    "a callback gets another owner": lambda session: session.execute(update(Callback).values(owner_since=NOW + MINUTE)),
    "work on it begins": lambda session: session.execute(update(Callback).values(state="claimed")),
    "its owner is rung": lambda session: session.add(
        CallbackAttempt(callback_id=1, started_at=NOW, state="queued", expires_at=NOW + MINUTE)
    ),
    "its caller is rung": lambda session: session.execute(update(CallbackAttempt).values(dialled_at=NOW)),
    "its caller answers": lambda session: session.execute(update(CallbackAttempt).values(answered_at=NOW)),
    "the attempt ends": lambda session: session.execute(update(CallbackAttempt).values(ended_at=NOW)),
    "it is done": lambda session: session.execute(update(Callback).values(state="reached")),
    "somebody does anything": lambda session: note(session, NOW, "lead@rbl.example", "number_blocked", "numbers"),
}


@pytest.fixture
def look(office: sessionmaker[Session], callback_id: int) -> Callable[[timedelta], Glance]:
    """A glance at the office, some time after NOW."""

    def glance_after(later: timedelta) -> Glance:
        with reading_connection(office) as connection:
            return glance(connection, NOW + later)

    return glance_after


def test_every_change_is_seen_and_without_one_nothing_is(
    office: sessionmaker[Session], look: Callable[[timedelta], Glance]
) -> None:
    unseen = []
    for what, change in CHANGES.items():
        before = look(timedelta())
        assert look(timedelta(seconds=1)) == before, f"changed before {what}"
        with office.begin() as session:
            change(session)
        if look(timedelta(seconds=1)).version == before.version:
            unseen.append(what)
    assert unseen == []


def test_what_ends_by_time_alone_is_seen(
    office: sessionmaker[Session], look: Callable[[timedelta], Glance], callback_id: int
) -> None:
    with office.begin() as session:
        session.add(ConsultantState(code="AIS", presence="break", presence_at=NOW, presence_until=NOW + MINUTE))
        due_at = session.get_one(Callback, callback_id).due_at
    assert look(MINUTE).version != look(MINUTE / 2).version
    late = due_at - NOW + timedelta(seconds=1)
    assert look(late).version != look(late - MINUTE / 2).version


def test_who_waits_is_counted_and_it_takes_one_statement(
    office: sessionmaker[Session], look: Callable[[timedelta], Glance]
) -> None:
    with office.begin() as session:
        session.add_all([a_call(1, NOW, None), a_call(2, NOW, None), a_call(3, NOW, "missed")])
    statements: list[str] = []
    event.listen(office.kw["bind"], "before_cursor_execute", lambda *found: statements.append(found[2]))
    seen = look(timedelta())
    assert (seen.waiting, seen.newest, len(statements)) == (2, 2, 1)
