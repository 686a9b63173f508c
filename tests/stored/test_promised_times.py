"""A time that a caller was told is kept or broken once, and nothing that happens afterwards changes that."""

from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.callbacks import attempt_events, one_press, promised_times, promises, verbs
from callcenter.callbacks.records import Callback, PromisedTime
from callcenter.reachability.counting import Scope
from callcenter.reachability.queries import period
from callcenter.reachability.rollup import roll_up
from tests.support.promises import SCHOOL, a_rota, at, promised, stored, total
from tests.support.racing import race
from tests.support.told_times import Kept, by_day, dues_of, times_of, whole

NOW = at("8 08:00")  # the callback of these tests is due at 9:00
DUE, AFTER = at("8 09:00"), at("8 09:30")
TUESDAY, WEDNESDAY = date(2027, 6, 8), date(2027, 6, 9)
ROTA = a_rota()
Sessions = sessionmaker[Session]


def rings(office: Sessions, callback_id: int, hour: str) -> int:
    """One press, and the key that rings the caller. Returns the attempt's id."""
    now = at(f"8 {hour}")
    with office.begin() as session:
        attempt_id = one_press.press(session, ROTA, callback_id, "AIS", now, "AIS").id
        attempt_events.leg_created(session, attempt_id, f"CA{attempt_id}", now)
        assert one_press.accept(session, ROTA, attempt_id, f"CA{attempt_id}", now) is not None
    return attempt_id


def rang_off(office: Sessions, attempt_id: int, hour: str, status: str = "completed", talk_s: float = 120.0) -> None:
    """The call to the caller is over."""
    now = at(f"8 {hour}")
    with office.begin() as session:
        attempt_events.dial_ended(session, ROTA, attempt_id, status, talk_s, now)
        attempt_events.consultant_event(session, ROTA, attempt_id, f"CA{attempt_id}", "completed", now)


def attempt(office: Sessions, callback_id: int, result: str, hour: str) -> None:
    with office.begin() as session:
        verbs.record_attempt(session, ROTA, callback_id, result, "AIS", at(f"8 {hour}"))


def reached(office: Sessions, callback_id: int, hour: str) -> None:
    with office.begin() as session:
        verbs.close_reached(session, callback_id, "AIS", at(f"8 {hour}"))


def cancelled(office: Sessions, callback_id: int, hour: str) -> None:
    with office.begin() as session:
        verbs.cancel(session, callback_id, "dubbel", "lead", at(f"8 {hour}"))


def reopened(office: Sessions, callback_id: int, hour: str) -> None:
    with office.begin() as session:
        verbs.reopen(session, ROTA, callback_id, "lead", at(f"8 {hour}"))


def moved(office: Sessions, callback_id: int, hour: str, to: str) -> None:
    with office.begin() as session:
        verbs.set_due(session, ROTA, callback_id, at(to), "lead", at(f"8 {hour}"))


def appointed(office: Sessions, callback_id: int, hour: str, to: str) -> None:
    with office.begin() as session:
        verbs.appoint(session, ROTA, callback_id, at(to), "AIS", at(f"8 {hour}"))


# What is told


def test_the_first_due_time_is_told_once_and_owed(office: Sessions, callback_id: int) -> None:
    (told,) = times_of(office, callback_id)
    assert (told.made_at, told.due_at, told.kept_at, told.withdrawn_at) == (NOW, DUE, None, None)


def test_a_second_call_makes_an_open_promise_earlier_and_never_later(office: Sessions, callback_id: int) -> None:
    promised(office, at("8 08:10"), due_at=at("8 08:40"))
    promised(office, at("8 08:20"))
    assert dues_of(office, callback_id) == [at("8 08:40")]


def test_a_second_call_after_no_answer_is_a_promise_of_its_own(office: Sessions, callback_id: int) -> None:
    attempt(office, callback_id, "no_answer", "08:10")
    promised(office, at("8 08:20"))
    assert dues_of(office, callback_id) == [DUE, at("8 09:20")]
    assert whole(office, at("8 09:21")) == Kept(1, 2)


def test_a_second_call_after_a_broken_promise_is_a_promise_of_its_own(office: Sessions, callback_id: int) -> None:
    promised(office, AFTER)
    assert dues_of(office, callback_id) == [DUE, at("8 10:30")]
    attempt(office, callback_id, "reached", "10:00")
    assert whole(office, at("8 11:00")) == Kept(1, 2)


def test_an_appointment_withdraws_the_time_before_it_and_is_a_promise_of_its_own(
    office: Sessions, callback_id: int
) -> None:
    appointed(office, callback_id, "08:30", "9 08:15")
    first, second = times_of(office, callback_id)
    assert (first.withdrawn_at, second.due_at) == (at("8 08:30"), at("9 08:25"))
    assert by_day(office, at("9 08:26")) == {WEDNESDAY: Kept(0, 1)}


def test_an_appointment_after_a_ring_leaves_the_time_before_it_kept(office: Sessions, callback_id: int) -> None:
    rings(office, callback_id, "08:20")
    appointed(office, callback_id, "08:30", "9 08:15")
    assert by_day(office, at("9 08:26")) == {TUESDAY: Kept(1, 1), WEDNESDAY: Kept(0, 1)}


def test_a_callback_cancelled_just_in_time_and_reopened_after_it_is_broken(office: Sessions, callback_id: int) -> None:
    with office.begin() as session:
        verbs.cancel(session, callback_id, "dubbel", "AIS", at("8 08:59"))
    assert whole(office, AFTER) == Kept(0, 0)
    with office.begin() as session:
        verbs.reopen(session, ROTA, callback_id, "AIS", at("8 09:01"))
    assert whole(office, AFTER) == Kept(0, 1)


def test_an_appointment_made_too_late_leaves_the_first_promise_broken(office: Sessions, callback_id: int) -> None:
    appointed(office, callback_id, "09:30", "9 08:15")
    assert by_day(office, at("8 10:00")) == {TUESDAY: Kept(0, 1)}
    with office.begin() as session:
        verbs.close_reached(session, callback_id, "AIS", at("9 08:15"))
    assert by_day(office, at("9 09:00")) == {TUESDAY: Kept(0, 1), WEDNESDAY: Kept(1, 1)}
    assert stored(office, callback_id).closed_in_time is False


def test_another_appointment_in_its_place_withdraws_the_former_one(office: Sessions, callback_id: int) -> None:
    appointed(office, callback_id, "08:30", "8 14:00")
    appointed(office, callback_id, "09:30", "9 08:15")
    appointed(office, callback_id, "09:31", "9 08:15")  # the same form once more
    assert dues_of(office, callback_id) == [at("9 08:25")]
    assert whole(office, at("9 09:00")) == Kept(0, 1)
    assert stored(office, callback_id).moved == 2


def test_a_call_whose_time_replaces_an_appointment_withdraws_it(office: Sessions, callback_id: int) -> None:
    appointed(office, callback_id, "08:30", "9 08:15")
    with office.begin() as session:
        callback = session.get_one(Callback, callback_id)
        promised_times.call_joined(session, callback, at("8 10:00"), AFTER, ends_appointment=True)
    assert dues_of(office, callback_id) == [at("8 10:00")]
    assert whole(office, at("9 09:00")) == Kept(0, 1)


def test_a_call_leaves_an_appointment_that_comes_before_the_new_time(office: Sessions, callback_id: int) -> None:
    appointed(office, callback_id, "08:30", "8 09:15")
    promised(office, at("8 09:00"))
    assert dues_of(office, callback_id) == [at("8 09:25")]


def test_a_caller_without_a_telephone_number_is_promised_nothing_twice(office: Sessions) -> None:
    message = promised(office, NOW, None, "voicemail")
    assert len(dues_of(office, message.id)) == 1


def test_two_calls_in_a_race_are_told_one_open_time(office: Sessions) -> None:
    for n in range(4):
        race(*[partial(promised, office, NOW, f"+3178614020{n}")] * 4)
    with office() as session:
        assert session.scalar(select(func.count()).select_from(PromisedTime)) == 4


# Moved by a person


def test_a_time_that_a_person_sets_is_not_told_and_moves_no_promise(office: Sessions, callback_id: int) -> None:
    moved(office, callback_id, "08:50", "8 12:00")
    assert dues_of(office, callback_id) == [DUE]
    attempt(office, callback_id, "reached", "11:00")
    assert by_day(office, at("8 11:00")) == {TUESDAY: Kept(0, 1)}
    assert stored(office, callback_id).closed_in_time is False


def test_who_moves_it_later_in_time_is_counted_and_only_then(office: Sessions, callback_id: int) -> None:
    moved(office, callback_id, "08:30", "8 08:55")  # earlier
    assert stored(office, callback_id).moved == 0
    moved(office, callback_id, "08:54", "8 10:00")
    moved(office, callback_id, "10:00", "8 11:00")
    assert stored(office, callback_id).moved == 2
    moved(office, callback_id, "11:01", "8 12:00")  # too late to hide anything
    assert stored(office, callback_id).moved == 2


def test_one_moved_every_day_is_broken_on_its_first_day_and_on_no_other(office: Sessions, callback_id: int) -> None:
    for day in range(8, 11):
        with office.begin() as session:
            verbs.set_due(session, ROTA, callback_id, at(f"{day + 1} 09:00"), "AIS", at(f"{day} 08:59"))
    with office.begin() as session:
        verbs.close_reached(session, callback_id, "AIS", at("11 08:00"))
    assert by_day(office, at("14 09:00")) == {TUESDAY: Kept(0, 1)}
    assert stored(office, callback_id).moved == 3


def test_a_broken_one_moved_to_tomorrow_stays_in_todays_figure(office: Sessions, callback_id: int) -> None:
    moved(office, callback_id, "09:30", "9 09:00")
    assert by_day(office, at("9 10:00")) == {TUESDAY: Kept(0, 1)}
    assert stored(office, callback_id).late


# Kept


def test_the_due_instant_is_in_time_and_the_next_is_not(office: Sessions, callback_id: int) -> None:
    assert whole(office, DUE) == Kept(0, 0)
    assert whole(office, DUE + timedelta(seconds=1)) == Kept(0, 1)
    attempt(office, callback_id, "no_answer", "09:00")
    assert whole(office, AFTER) == Kept(1, 1)


def test_a_talk_begun_in_time_keeps_it_however_late_its_result_is_recorded(office: Sessions, callback_id: int) -> None:
    attempt_id = rings(office, callback_id, "08:58")
    assert whole(office, at("8 09:01")) == Kept(1, 1)
    rang_off(office, attempt_id, "09:04")
    assert stored(office, callback_id).closed_in_time is True
    assert whole(office, at("8 09:05")) == Kept(1, 1)


def test_a_result_entered_by_hand_after_a_ring_in_time_is_in_time(office: Sessions, callback_id: int) -> None:
    rings(office, callback_id, "08:58")
    reached(office, callback_id, "09:05")
    assert stored(office, callback_id).closed_in_time is True
    assert total(office, "callcenter_callbacks_closed_total") == 1


def test_a_ring_that_the_consultant_broke_off_keeps_nothing(office: Sessions, callback_id: int) -> None:
    attempt_id = rings(office, callback_id, "08:40")
    rang_off(office, attempt_id, "08:40", "canceled", 0.0)
    assert whole(office, at("8 09:01")) == Kept(0, 1)


def test_a_ring_that_counts_after_all_counts_from_then_on_if_it_was_not_due(office: Sessions, callback_id: int) -> None:
    rang_off(office, rings(office, callback_id, "08:40"), "08:40", "canceled", 0.0)
    attempt(office, callback_id, "no_answer", "08:50")
    assert [time.kept_at for time in times_of(office, callback_id)] == [at("8 08:40")]


def test_a_ring_that_counts_after_all_mends_nothing_once_it_was_due(office: Sessions, callback_id: int) -> None:
    rang_off(office, rings(office, callback_id, "08:40"), "08:40", "canceled", 0.0)
    attempt(office, callback_id, "reached", "09:30")
    assert whole(office, AFTER) == Kept(0, 1)
    assert stored(office, callback_id).closed_in_time is False


def test_an_early_try_does_not_keep_an_appointment(office: Sessions, callback_id: int) -> None:
    appointed(office, callback_id, "08:10", "8 13:00")
    rings(office, callback_id, "08:30")
    assert [time.kept_at for time in times_of(office, callback_id)] == [None, None]
    reached(office, callback_id, "08:40")
    assert whole(office, at("8 14:00")) == Kept(1, 1)


def test_a_talk_that_began_early_and_lasts_past_the_appointment_keeps_it(office: Sessions, callback_id: int) -> None:
    appointed(office, callback_id, "08:10", "8 13:00")
    attempt_id = rings(office, callback_id, "12:45")
    assert whole(office, at("8 13:12")) == Kept(0, 0)  # not judged while they talk
    rang_off(office, attempt_id, "13:15", talk_s=1800.0)
    assert whole(office, at("8 14:00")) == Kept(1, 1)
    assert stored(office, callback_id).closed_in_time is True


def test_a_ring_some_minutes_before_an_appointment_keeps_it(office: Sessions, callback_id: int) -> None:
    appointed(office, callback_id, "08:10", "8 13:00")
    rings(office, callback_id, "12:50")
    assert whole(office, at("8 14:00")) == Kept(1, 1)


def test_a_second_time_told_after_a_ring_is_kept_by_the_next_ring_alone(office: Sessions, callback_id: int) -> None:
    attempt(office, callback_id, "no_answer", "08:10")
    promised(office, at("8 08:20"))
    attempt(office, callback_id, "no_answer", "09:30")
    assert whole(office, at("8 09:40")) == Kept(1, 2)


def test_giving_up_in_time_and_being_rung_by_the_caller_keep_it(office: Sessions, callback_id: int) -> None:
    with office.begin() as session:
        verbs.close_unreachable(session, callback_id, "AIS", at("8 08:30"))
    other = promised(office, at("8 08:40")).id
    with office.begin() as session:
        promises.resolve_by_call(session, SCHOOL, at("8 09:00"), came_in_at=at("8 08:55"), answered_by="AIS")
    assert [time.kept_at for one in (callback_id, other) for time in times_of(office, one)] == [
        at("8 08:30"),
        at("8 09:00"),
    ]
    assert whole(office, AFTER) == Kept(2, 2)


# A question about a talk


def asked(office: Sessions) -> int:
    """A request by key: a talk with somebody from the number, until 8:58, may have settled it."""
    callback = promised(office, NOW, reason="requested")
    with office.begin() as session:
        promises.resolve_by_call(session, SCHOOL, at("8 08:58"), came_in_at=at("8 08:50"), answered_by="AIS")
    return callback.id


def answered(office: Sessions, callback_id: int, hour: str, *, resolved: bool) -> None:
    with office.begin() as session:
        verbs.answer_question(session, callback_id, "AIS", "AIS", at(f"8 {hour}"), resolved=resolved)


def test_while_a_talk_in_time_may_have_settled_it_it_is_neither_kept_nor_broken(office: Sessions) -> None:
    callback_id = asked(office)
    assert whole(office, AFTER) == Kept(0, 0)
    moved(office, callback_id, "09:31", "8 15:00")
    answered(office, callback_id, "09:40", resolved=True)
    assert whole(office, at("8 09:41")) == Kept(1, 1)
    assert stored(office, callback_id).closed_in_time is True


def test_a_talk_that_settled_nothing_leaves_it_broken(office: Sessions) -> None:
    callback_id = asked(office)
    answered(office, callback_id, "09:40", resolved=False)
    assert whole(office, at("8 09:41")) == Kept(0, 1)


def test_a_question_that_nobody_answers_hides_nothing_for_longer_than_some_hours(office: Sessions) -> None:
    callback_id = asked(office)
    assert whole(office, at("8 13:00")) == Kept(0, 0)
    assert whole(office, at("8 13:01")) == Kept(0, 1)
    answered(office, callback_id, "13:05", resolved=True)
    assert whole(office, at("8 13:06")) == Kept(0, 1)
    assert stored(office, callback_id).closed_in_time is False


# Cancelled and reopened


def test_cancelling_in_time_withdraws_it_and_reopening_in_time_takes_that_back(
    office: Sessions, callback_id: int
) -> None:
    cancelled(office, callback_id, "08:30")
    assert whole(office, AFTER) == Kept(0, 0)
    reopened(office, callback_id, "08:40")
    assert dues_of(office, callback_id) == [DUE]
    assert whole(office, AFTER) == Kept(0, 1)


def test_cancelling_at_the_due_instant_is_still_in_time(office: Sessions, callback_id: int) -> None:
    cancelled(office, callback_id, "09:00")
    assert whole(office, AFTER) == Kept(0, 0)


def test_cancelling_a_broken_one_keeps_it_in_the_figure(office: Sessions, callback_id: int) -> None:
    cancelled(office, callback_id, "09:30")
    assert by_day(office, at("9 09:00")) == {TUESDAY: Kept(0, 1)}
    assert stored(office, callback_id).closed_in_time is False


def test_reopening_mends_no_broken_promise(office: Sessions, callback_id: int) -> None:
    reached(office, callback_id, "09:30")
    reopened(office, callback_id, "09:31")
    assert stored(office, callback_id).late
    reached(office, callback_id, "09:35")
    again = stored(office, callback_id)
    assert (again.late, again.closed_in_time) == (True, False)
    assert by_day(office, at("9 09:00")) == {TUESDAY: Kept(0, 1)}


def test_reopening_a_broken_wrong_number_mends_it_neither(office: Sessions, callback_id: int) -> None:
    attempt(office, callback_id, "wrong_number", "09:30")
    reopened(office, callback_id, "09:31")
    attempt(office, callback_id, "reached", "09:35")
    assert by_day(office, at("9 09:00")) == {TUESDAY: Kept(0, 1)}
    assert stored(office, callback_id).closed_in_time is False


def test_a_closing_by_mistake_is_taken_back_while_it_is_not_due(office: Sessions, callback_id: int) -> None:
    reached(office, callback_id, "08:30")
    reopened(office, callback_id, "08:40")
    assert whole(office, AFTER) == Kept(0, 1)


def test_reopening_takes_back_no_ring_that_was_made(office: Sessions, callback_id: int) -> None:
    rings(office, callback_id, "08:20")
    reached(office, callback_id, "08:30")
    reopened(office, callback_id, "08:40")
    assert whole(office, AFTER) == Kept(1, 1)


def test_reopening_later_changes_no_judgement_and_promises_nothing_new(office: Sessions, callback_id: int) -> None:
    reached(office, callback_id, "08:30")
    reopened(office, callback_id, "09:30")
    assert dues_of(office, callback_id) == [DUE]
    assert whole(office, at("8 12:00")) == Kept(1, 1)
    assert stored(office, callback_id).due_at == at("8 10:30")


# Figures


def test_figures_of_a_group_and_a_line_are_of_their_own_promises(office: Sessions, callback_id: int) -> None:
    promised(office, NOW, "+31786140001", group="parent")
    line = stored(office, callback_id).line_id
    assert whole(office, AFTER, Scope(line_id=line)) == Kept(0, 2)
    assert whole(office, AFTER, Scope(group="parent")) == Kept(0, 1)
    assert whole(office, AFTER, Scope(line_id=line + 1)) == Kept(0, 0)
    assert whole(office, AFTER, Scope(contact_id=1)) == Kept(0, 0)


def test_days_rolled_up_again_after_a_reopening_say_the_same(office: Sessions, callback_id: int) -> None:
    reached(office, callback_id, "09:30")
    week = TUESDAY, TUESDAY + timedelta(days=8)
    with office.begin() as session:
        while roll_up(session, ROTA, at("9 02:00")):
            pass
        before = period(session, ROTA, at("9 02:00"), *week).total
    assert (before.callbacks_in_time, before.callbacks_due) == (0, 1)
    with office.begin() as session:
        verbs.reopen(session, ROTA, callback_id, "lead", at("9 08:00"))
        verbs.set_due(session, ROTA, callback_id, at("10 08:00"), "lead", at("9 08:01"))
        verbs.cancel(session, callback_id, "dubbel", "lead", at("9 08:02"))
        roll_up(session, ROTA, at("10 02:00"))
        assert period(session, ROTA, at("10 02:00"), *week).total == before


@pytest.mark.parametrize("by_row", [True, False])
def test_the_times_go_with_their_callback(office: Sessions, callback_id: int, by_row: bool) -> None:
    with office.begin() as session:
        if by_row:
            session.delete(session.get_one(Callback, callback_id))
        else:
            session.execute(delete(Callback))
    assert times_of(office, callback_id) == []
