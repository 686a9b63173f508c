"""The changes that people make to a callback: claim, hand over, move, cancel, report, reopen; all are audited."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.access.records import AuditEvent
from callcenter.callbacks import queries, verbs
from callcenter.errors import IllegalTransition, InvalidInput, NotFound
from callcenter.web.callbacks.queries import callback_counts
from tests.support.promises import OTHER_SCHOOL, SCHOOL, a_rota, at, promised, stored, total

NOW = at("8 08:00")
ROTA = a_rota()
Sessions = sessionmaker[Session]


def test_a_consultant_claims_and_a_colleague_cannot(office: Sessions, callback_id: int) -> None:
    with office.begin() as session:
        assert verbs.claim(session, callback_id, "BRA", "BRA", NOW).state == "claimed"
    with office.begin() as session, pytest.raises(IllegalTransition, match="colleague"):
        verbs.claim(session, callback_id, "AIS", "AIS", NOW)
    assert stored(office, callback_id).owner == "BRA"


def test_handing_over_gives_it_open_to_somebody_who_still_has_to_be_told(office: Sessions, callback_id: int) -> None:
    with office.begin() as session:
        verbs.claim(session, callback_id, "AIS", "AIS", NOW)
        verbs.hand_over(session, callback_id, "BRA", "lead", NOW)
    given = stored(office, callback_id)
    assert (given.state, given.owner, given.notified_at) == ("open", "BRA", None)


def test_setting_a_later_time_does_not_undo_a_broken_promise(office: Sessions, callback_id: int) -> None:
    with office.begin() as session:
        verbs.set_due(session, ROTA, callback_id, at("8 12:00"), "lead", at("8 09:30"))
        verbs.close_reached(session, callback_id, "AIS", at("8 10:00"))
    assert stored(office, callback_id).closed_in_time is False


def test_setting_a_time_in_the_past_is_refused(office: Sessions, callback_id: int) -> None:
    with office.begin() as session, pytest.raises(InvalidInput, match="still to come") as refused:
        verbs.set_due(session, ROTA, callback_id, NOW, "lead", NOW)
    assert refused.value.field == "due_at"


def test_an_appointment_moves_the_due_time_and_is_shown(office: Sessions, callback_id: int) -> None:
    with office.begin() as session:
        verbs.appoint(session, ROTA, callback_id, at("9 08:15"), "AIS", NOW)
    appointed = stored(office, callback_id)
    assert appointed.appointment_at == at("9 08:15")
    assert appointed.due_at == at("9 08:25")


def test_cancelling_says_why(office: Sessions, callback_id: int) -> None:
    with office.begin() as session:
        with pytest.raises(InvalidInput, match="why"):
            verbs.cancel(session, callback_id, "  ", "lead", NOW)
        verbs.cancel(session, callback_id, "dubbel", "lead", NOW)
    cancelled = stored(office, callback_id)
    assert (cancelled.state, cancelled.cancel_reason) == ("cancelled", "dubbel")


def test_a_closed_one_is_not_closed_again(office: Sessions, callback_id: int) -> None:
    with office.begin() as session:
        verbs.close_reached(session, callback_id, "AIS", NOW)
    with office.begin() as session, pytest.raises(IllegalTransition):
        verbs.cancel(session, callback_id, "dubbel", "lead", NOW)
    assert total(office, "callcenter_callbacks_closed_total") == 1


def test_reached_within_the_promise_is_in_time_and_later_is_not(office: Sessions, callback_id: int) -> None:
    other = promised(office, NOW, OTHER_SCHOOL).id
    with office.begin() as session:
        verbs.record_attempt(session, ROTA, callback_id, "reached", "AIS", at("8 09:00"))
        verbs.record_attempt(session, ROTA, other, "reached", "AIS", at("8 09:01"))
    assert stored(office, callback_id).closed_in_time is True
    assert stored(office, other).closed_in_time is False


def test_three_attempts_without_anybody_make_it_unreachable(office: Sessions, callback_id: int) -> None:
    for minutes in (10, 100, 300):
        with office.begin() as session:
            verbs.record_attempt(session, ROTA, callback_id, "no_answer", "AIS", NOW + timedelta(minutes=minutes))
    unreachable = stored(office, callback_id)
    assert (unreachable.state, unreachable.attempts, unreachable.closed_in_time) == ("unreachable", 3, True)
    with office() as session:
        made = queries.attempts_of(session, [callback_id])[callback_id]
        assert [attempt.result for attempt in made] == ["no_answer"] * 3


def test_a_first_attempt_after_the_promised_time_is_a_broken_promise(office: Sessions, callback_id: int) -> None:
    with office.begin() as session:
        verbs.record_attempt(session, ROTA, callback_id, "no_answer", "AIS", at("8 09:30"))
    with office.begin() as session:
        verbs.record_attempt(session, ROTA, callback_id, "reached", "AIS", at("8 10:30"))
    assert stored(office, callback_id).closed_in_time is False


def test_a_wrong_number_ends_it(office: Sessions, callback_id: int) -> None:
    with office.begin() as session:
        verbs.record_attempt(session, ROTA, callback_id, "wrong_number", "AIS", NOW)
    ended = stored(office, callback_id)
    assert (ended.state, ended.cancel_reason) == ("cancelled", "wrong_number")


def test_an_unknown_result_is_refused(office: Sessions, callback_id: int) -> None:
    with office.begin() as session, pytest.raises(InvalidInput, match="one of") as refused:
        verbs.record_attempt(session, ROTA, callback_id, "maybe", "AIS", NOW)
    assert refused.value.field == "result"


def test_one_closed_by_mistake_is_opened_with_a_new_promise(office: Sessions, callback_id: int) -> None:
    with office.begin() as session:
        verbs.cancel(session, callback_id, "dubbel", "lead", NOW)
        verbs.reopen(session, ROTA, callback_id, "lead", at("8 10:00"))
    again = stored(office, callback_id)
    assert (again.state, again.due_at, again.closed_at, again.cancel_reason) == ("open", at("8 11:00"), None, None)


def test_it_is_not_opened_beside_another_of_the_same_caller(office: Sessions, callback_id: int) -> None:
    with office.begin() as session:
        verbs.close_reached(session, callback_id, "AIS", NOW)
    newer = promised(office, NOW).id
    with office.begin() as session, pytest.raises(IllegalTransition, match=str(newer)):
        verbs.reopen(session, ROTA, callback_id, "lead", NOW)


def test_every_verb_is_audited_without_numbers(office: Sessions, callback_id: int) -> None:
    with office.begin() as session:
        verbs.claim(session, callback_id, "AIS", "AIS", NOW)
        verbs.note(session, callback_id, "belt over verlof", "AIS", NOW)
        verbs.record_attempt(session, ROTA, callback_id, "reached", "AIS", NOW)
    with office() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.subject == f"callback:{callback_id}")).all()
        assert [event.action for event in events] == ["callback_claimed", "callback_note", "callback_attempt"]
        assert not any(SCHOOL in str(event.detail) or "verlof" in str(event.detail) for event in events)


def test_what_does_not_exist_is_not_found(office: Sessions) -> None:
    with office.begin() as session, pytest.raises(NotFound):
        verbs.claim(session, 99, "AIS", "AIS", NOW)


def test_the_list_goes_by_due_time_page_by_page(office: Sessions) -> None:
    ids = [promised(office, NOW + timedelta(minutes=n), f"+3178614000{n}").id for n in range(1, 6)]
    with office() as session:
        first = queries.listing(session, queries.Filters(state="live"), 2)
        second = queries.listing(session, queries.Filters(state="live"), 2, first.next)
        third = queries.listing(session, queries.Filters(state="live"), 2, second.next)
        assert [row.id for page in (first, second, third) for row in page.items] == ids
        assert third.next is None
        own = queries.listing(session, queries.Filters(owner="BRA"), 50)
        assert {row.owner for row in own.items} == {"BRA"}
        with pytest.raises(InvalidInput, match="not one"):
            queries.listing(session, queries.Filters(), 2, "x~y")


def test_what_is_at_risk_and_how_many_stand_open(office: Sessions, callback_id: int) -> None:
    promised(office, at("8 10:30"), OTHER_SCHOOL, "voicemail")
    with office() as session:
        early, late = callback_counts(session, at("8 10:30")), callback_counts(session, at("8 11:45"))
        assert (early.open, early.overdue, early.at_risk, early.next_due) == (2, 1, 0, at("8 12:30"))
        assert (late.overdue, late.at_risk) == (1, 1)
        assert [row.id for row in queries.for_owner(session, "AIS")] == [callback_id]
