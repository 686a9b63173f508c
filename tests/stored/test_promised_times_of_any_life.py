"""Whatever happens to a callback: kept and broken are together what was due, and a judgement never changes."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.callbacks import attempt_events, one_press, promises, verbs
from callcenter.callbacks.keeping import ANSWER_WITHIN
from callcenter.callbacks.locks import live_attempt
from callcenter.callbacks.records import Callback, CallbackAttempt
from callcenter.callbacks.under_way import ASKING_FOR
from callcenter.errors import CallcenterError
from callcenter.reachability.counting import Scope
from callcenter.rota.hours import due
from tests.support.promises import a_rota, at, facts, stored
from tests.support.soak import at_length
from tests.support.told_times import Kept, times_of, whole

ROTA = a_rota()
FIRST_OF_ALL = at("8 08:00")
Sessions = sessionmaker[Session]
Deed = Callable[[Session, int, str, datetime], object]


def _rings_again(session: Session, callback_id: int, number: str, now: datetime) -> None:
    promises.promise(session, ROTA, facts(1, number, "requested"), now)


def _helped_by_a_colleague(session: Session, callback_id: int, number: str, now: datetime) -> None:
    promises.resolve_by_call(session, number, now, came_in_at=now - timedelta(minutes=2), answered_by="AIS")


def _presses(session: Session, callback_id: int, number: str, now: datetime) -> None:
    attempt_id = one_press.press(session, ROTA, callback_id, "AIS", now, "AIS").id
    attempt_events.leg_created(session, attempt_id, f"CA{attempt_id}", now)
    one_press.accept(session, ROTA, attempt_id, f"CA{attempt_id}", now)


def _call_ends(status: str, talk_s: float) -> Deed:
    def ends(session: Session, callback_id: int, number: str, now: datetime) -> None:
        attempt = live_attempt(session, callback_id)
        if attempt is not None:
            attempt_events.dial_ended(session, ROTA, attempt.id, status, talk_s, now)
            attempt_events.consultant_event(session, ROTA, attempt.id, f"CA{attempt.id}", "completed", now)

    return ends


def _appoints(days: int) -> Deed:
    def appoints(session: Session, callback_id: int, number: str, now: datetime) -> None:
        then = now.replace(hour=10, minute=0) + timedelta(days=days)
        verbs.appoint(session, ROTA, callback_id, then, "AIS", now)

    return appoints


def _reports(result: str) -> Deed:
    return lambda session, one, _number, now: verbs.record_attempt(session, ROTA, one, result, "AIS", now)


def _answers(resolved: bool) -> Deed:
    return lambda session, one, _number, now: verbs.answer_question(session, one, "AIS", "AIS", now, resolved=resolved)


DEEDS: dict[str, Deed] = {
    "rings again": _rings_again,
    "is helped by a colleague": _helped_by_a_colleague,
    "settled": _answers(resolved=True),
    "not settled": _answers(resolved=False),
    "press": _presses,
    "talk ends": _call_ends("completed", 90.0),
    "broken off": _call_ends("canceled", 0.0),
    "no answer": _reports("no_answer"),
    "wrong number": _reports("wrong_number"),
    "spoken to": _reports("reached"),
    "today at twelve": _appoints(0),
    "tomorrow at twelve": _appoints(1),
    "moved": lambda session, one, _n, now: verbs.set_due(session, ROTA, one, due(ROTA, now, 300), "lead", now),
    "moved nearer": lambda session, one, _n, now: verbs.set_due(session, ROTA, one, due(ROTA, now, 1), "lead", now),
    "reached": lambda session, one, _n, now: verbs.close_reached(session, one, "AIS", now),
    "given up": lambda session, one, _n, now: verbs.close_unreachable(session, one, "AIS", now),
    "cancelled": lambda session, one, _n, now: verbs.cancel(session, one, "dubbel", "lead", now),
    "reopened": lambda session, one, _n, now: verbs.reopen(session, ROTA, one, "lead", now),
    "nothing": lambda *_: None,
}
STEPS = st.lists(st.tuples(st.integers(0, 45), st.sampled_from(sorted(DEEDS))), min_size=3, max_size=14)


def talks_without_a_result(office: Sessions, callback_id: int, now: datetime) -> list[datetime | None]:
    """When the talks began that go on, or whose result is being asked for."""
    with office() as session:
        attempts = session.scalars(select(CallbackAttempt).where(CallbackAttempt.callback_id == callback_id))
        return [
            one.dialled_at
            for one in attempts
            if one.result is None and (one.ended_at is None or (one.suggested and one.ended_at > now - ASKING_FOR))
        ]


def judged(office: Sessions, callback: Callback, now: datetime) -> dict[int, bool]:
    """The promised times of a callback that are over, and whether each was kept."""
    talks = [*talks_without_a_result(office, callback.id, now), callback.question_at]
    found = {}
    for one in times_of(office, callback.id):
        in_time = any(began is not None and one.made_at <= began <= one.due_at for began in talks)
        undecided = one.kept_at is None and in_time and now <= one.due_at + ANSWER_WITHIN
        if one.due_at < now and one.withdrawn_at is None and not undecided:
            found[one.id] = one.kept_at is not None and one.kept_at <= one.due_at
    return found


_numbers = count(10_000)


@pytest.mark.soak
@settings(
    max_examples=at_length(15, 200),
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # each example costs seconds on a database
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(STEPS)
def test_no_deed_changes_what_was_kept_or_broken(office: Sessions, steps: list[tuple[int, str]]) -> None:
    name, now = f"g{next(_numbers)}", FIRST_OF_ALL
    number, scope = f"+31786{name[1:]}", Scope(group=name)
    with office.begin() as session:
        made = promises.promise(session, ROTA, facts(1, number, group=name), now)
        assert made is not None
        callback_id = made.id
    before: dict[int, bool] = {}
    withdrawn: set[int] = set()
    for minutes, deed in steps:
        now += timedelta(minutes=minutes)
        over = judged(office, stored(office, callback_id), now)
        assert before.items() <= over.items()
        # Refused deeds are rolled back.
        with suppress(CallcenterError), office.begin() as session:
            DEEDS[deed](session, callback_id, number, now)
        callback, times = stored(office, callback_id), times_of(office, callback_id)
        before = judged(office, callback, now)
        assert over.items() <= before.items(), deed

        early = [one for one in times if one.id not in before and one.kept_at is not None and one.withdrawn_at is None]
        figures = whole(office, now, scope)
        assert figures == Kept(sum(before.values()) + len(early), len(before) + len(early)), deed
        assert all(one.due_at >= now for one in early)
        still_withdrawn = {one.id for one in times if one.withdrawn_at is not None and one.due_at < now}
        assert deed == "reopened" or withdrawn <= still_withdrawn, deed
        withdrawn = {one.id for one in times if one.withdrawn_at is not None and one.due_at < now}
        broken = any(not kept for kept in before.values())
        if callback.closed_at is not None:
            assert callback.closed_in_time is not broken, deed
        assert broken or not callback.late or talks_without_a_result(office, callback_id, now), deed

    for days in (1, 100):
        later = now + timedelta(days=days)
        end = judged(office, stored(office, callback_id), later)
        assert before.items() <= end.items()
        counted = [one for one in times_of(office, callback_id) if one.withdrawn_at is None]
        owed = [one for one in counted if one.due_at < later]
        early = [one for one in counted if one.due_at >= later and one.kept_at is not None]
        assert whole(office, later, scope) == Kept(sum(end.values()) + len(early), len(owed) + len(early))
