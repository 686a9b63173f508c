"""One number serves a whole school: a callback is closed only by the person it was promised to."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from callcenter.callbacks import hearing, verbs
from callcenter.callbacks.records import Callback
from callcenter.calls.records import Voicemail
from callcenter.lines.register import add
from callcenter.standin.people.scripts import PhoneScript, press
from tests.support.invariants import breaches
from tests.support.town import LINE, SCHOOL, MakeTown, Town

OTHER_LINE = "+31858880099"
REQUEST = [press("1", at_s=10)]
# Late enough that the consultant has heard who is calling and what is still open.
HEARS_ALL_S = 8


def screening(town: Town, code: str) -> str:
    """Everything that a consultant heard."""
    return " | ".join(heard.text for call in town.mobile(code).calls for heard in call.heard if heard.what == "say")


def states(town: Town) -> list[tuple[str, str]]:
    return [(callback.reason, callback.state) for callback in town.callbacks()]


def talks(town: Town, seconds: float = 120) -> None:
    """Teacher X is put through to AIS, and they talk. Nobody else answers."""
    town.answers("AIS", press_after=HEARS_ALL_S)
    town.somebody().dials(LINE, talks=seconds)
    town.standin.run_for(HEARS_ALL_S + 8)
    assert town.calls()[-1].connected_at is not None


def listens(town: Town, code: str = "AIS") -> None:
    """A consultant plays all messages."""
    with town.sessions.begin() as session:
        for voicemail_id in session.scalars(select(Voicemail.id)).all():
            hearing.listened(session, voicemail_id, code, code, town.clock.now())


def asked(town: Town) -> list[str | None]:
    return [callback.question_to for callback in town.callbacks()]


@pytest.mark.parametrize("how", ["message", "request", "hangs up"])
def test_what_a_second_teacher_asks_during_the_first_ones_talk_stays_open(a_town: MakeTown, how: str) -> None:
    town = a_town()
    talks(town)
    wanted: dict[str, dict[str, object]] = {
        "message": {"message": 8},
        "request": {"script": REQUEST},
        "hangs up": {"patience": 8},
    }
    town.somebody().dials(LINE, **wanted[how])  # type: ignore[arg-type]
    town.live()

    reason = {"message": "voicemail", "request": "requested", "hangs up": "abandoned"}[how]
    assert town.calls()[0].outcome == "answered"
    assert states(town) == [(reason, "open")]
    assert asked(town) == ["AIS"]
    assert town.totals("callcenter_callbacks_closed_total") == 0
    assert breaches(town) == []


def test_a_message_that_joins_an_older_promise_during_the_talk_keeps_it_open(a_town: MakeTown) -> None:
    town = a_town()
    town.somebody().dials(LINE, patience=8)
    town.live()
    talks(town)
    town.somebody().dials(LINE, message=8)
    town.live()

    assert states(town) == [("voicemail", "open")]


def test_a_second_hang_up_that_joins_an_older_promise_during_the_talk_keeps_it_open(a_town: MakeTown) -> None:
    town = a_town()
    town.somebody().dials(LINE, patience=8)
    town.live()
    talks(town)
    town.somebody().dials(LINE, patience=8)
    town.live()

    assert states(town) == [("abandoned", "open")]


def test_the_same_teacher_who_rings_again_is_helped_and_nothing_is_asked(a_town: MakeTown) -> None:
    town = a_town()
    town.somebody().dials(LINE, patience=8)
    town.live()
    town.standin.run_for(300)
    talks(town, 30)
    town.live()

    assert states(town) == [("abandoned", "resolved")]
    assert asked(town) == [None]
    assert "bericht" not in screening(town, "AIS")


def test_an_unheard_message_of_before_stays_and_is_told_before_the_choice(a_town: MakeTown) -> None:
    town = a_town()
    town.somebody().dials(LINE, message=8)
    town.live()
    talks(town, 30)
    town.live()

    assert states(town) == [("voicemail", "open")]
    first = "Openbare basisschool De Wegwijzer, Dordrecht. | Er staat nog een bericht van deze school. | "
    assert screening(town, "AIS").startswith(first)


def test_a_request_by_key_of_before_stays_and_is_told(a_town: MakeTown) -> None:
    town = a_town()
    town.somebody().dials(LINE, script=REQUEST)
    town.live()
    talks(town, 30)
    town.live()

    assert states(town) == [("requested", "open")]
    assert "Er staat nog een terugbelverzoek van deze school." in screening(town, "AIS")


def test_a_request_hidden_behind_a_heard_message_stays(a_town: MakeTown) -> None:
    town = a_town()
    town.somebody().dials(LINE, message=8)
    town.live()
    town.somebody().dials(LINE, script=REQUEST)
    town.live()
    listens(town)
    talks(town, 30)
    town.live()

    assert states(town) == [("voicemail", "open")]
    assert "Er staat nog een terugbelverzoek van deze school." in screening(town, "AIS")


def test_a_message_that_was_heard_is_settled_by_the_callers_next_talk(a_town: MakeTown) -> None:
    town = a_town()
    town.somebody().dials(LINE, message=8)
    town.live()
    listens(town)
    talks(town, 30)
    town.live()

    assert states(town) == [("voicemail", "resolved")]


def test_a_switchboards_many_messages_are_not_closed_by_one_talk(a_small_town: MakeTown) -> None:
    town = a_small_town()
    for number in range(12):
        town.somebody().dials(LINE, message=8, after=5 * number)
    town.live()
    talks(town, 30)
    town.live()

    assert states(town) == [("voicemail", "open")]
    assert "Er staan nog twaalf berichten van deze school." in screening(town, "AIS")
    assert town.totals("callcenter_callbacks_closed_total") == 0


def two_lines(town: Town) -> None:
    town.standin.line(OTHER_LINE)
    with town.sessions.begin() as session:
        add(session, OTHER_LINE, "tweede", town.clock.now())


def test_missed_on_one_line_and_helped_on_another_is_resolved(a_town: MakeTown) -> None:
    town = a_town()
    two_lines(town)
    town.somebody().dials(LINE, patience=8)
    town.somebody().dials(OTHER_LINE, patience=8)
    town.live()
    assert [callback.state for callback in town.callbacks()] == ["open", "open"]
    town.answers("AIS", press_after=HEARS_ALL_S)
    town.somebody().dials(OTHER_LINE, talks=30)
    town.live()

    assert [callback.state for callback in town.callbacks()] == ["resolved", "resolved"]


def test_an_unheard_message_on_another_line_stays_and_is_told(a_town: MakeTown) -> None:
    town = a_town()
    two_lines(town)
    town.somebody().dials(LINE, message=8)
    town.live()
    town.somebody().dials(OTHER_LINE, patience=8)
    town.live()
    town.answers("AIS", press_after=HEARS_ALL_S)
    town.somebody().dials(OTHER_LINE, talks=30)
    town.live()

    assert states(town) == [("voicemail", "open"), ("abandoned", "resolved")]
    assert "Er staat nog een bericht van deze school." in screening(town, "AIS")


def test_another_number_is_none_of_a_calls_business(a_town: MakeTown) -> None:
    town = a_town()
    town.somebody("+31786140009").dials(LINE, patience=8)
    town.live()
    talks(town, 30)
    town.live()

    assert states(town) == [("abandoned", "open")]
    assert asked(town) == [None]


def test_one_tap_after_the_talk_settles_it_in_the_time_of_the_talk(a_town: MakeTown) -> None:
    town = a_town()
    town.somebody().dials(LINE, message=8)
    town.live()
    talks(town, 30)
    town.live()
    (callback,) = town.callbacks()
    town.standin.run_for((callback.due_at - town.clock.now()).total_seconds() + 60)
    with town.sessions.begin() as session:
        verbs.answer_question(session, callback.id, "AIS", "AIS", town.clock.now(), resolved=True)

    (callback,) = town.callbacks()
    assert (callback.state, callback.closed_in_time, callback.question_to) == ("resolved", True, None)
    with town.sessions() as session:
        assert [(one.heard_by, one.heard_at is not None) for one in session.scalars(select(Voicemail))] == [
            ("AIS", True)
        ]


def test_who_rings_again_after_the_talk_is_not_settled_by_a_tap_on_an_old_page(a_town: MakeTown) -> None:
    town = a_town()
    town.somebody().dials(LINE, message=8)
    town.live()
    talks(town, 30)
    town.live()
    assert asked(town) == ["AIS"]
    town.mobile("AIS").follows(PhoneScript("no_answer"))
    town.somebody().dials(LINE, patience=8)
    town.live()

    assert asked(town) == [None]


def test_a_message_reported_after_its_callback_was_closed_gets_a_new_promise(a_town: MakeTown) -> None:
    town = a_town()
    town.somebody().dials(LINE, patience=8)
    town.live()
    talks(town, 30)
    town.live()
    assert states(town) == [("abandoned", "resolved")]
    first = town.calls()[0]
    _tell_recording(town, first.id, first.call_sid)
    town.live()

    assert states(town) == [("abandoned", "resolved"), ("voicemail", "open")]
    assert town.calls()[0].callback_id == town.callbacks()[1].id
    assert town.callbacks()[1].due_at > town.clock.now()


def test_a_message_reported_late_is_added_to_its_open_callback(a_town: MakeTown) -> None:
    town = a_town()
    town.somebody().dials(LINE, patience=8)
    town.live()
    first = town.call()
    _tell_recording(town, first.id, first.call_sid)
    town.live()

    (callback,) = town.callbacks()
    assert (callback.reason, callback.state, callback.priority) == ("voicemail", "open", 0)


def _tell_recording(town: Town, call_id: int, sid: str) -> None:
    """Twilio's report of a recording, long after the call."""
    from callcenter.routing.transaction import CallTransaction, locked_call
    from callcenter.routing.voicemail import store_message

    with town.sessions.begin() as session:
        work = CallTransaction(session, town.clock.now())
        url = f"https://api.twilio.com/2010-04-01/Accounts/{sid}/Recordings/RE{'7' * 32}"
        store_message(work, locked_call(work, call_id), {"RecordingUrl": url, "RecordingDuration": "5"})


def test_a_callback_is_only_asked_about_while_it_is_open(a_town: MakeTown) -> None:
    town = a_town()
    town.somebody().dials(LINE, script=REQUEST)
    town.live()
    talks(town, 30)
    town.live()
    with town.sessions.begin() as session:
        callback = session.scalars(select(Callback)).one()
        assert callback.number == SCHOOL
        verbs.close_reached(session, callback.id, "AIS", town.clock.now() + timedelta(minutes=1))
    assert asked(town) == [None]
