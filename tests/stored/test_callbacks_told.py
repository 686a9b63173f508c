"""Each owner hears of each callback once for each giving, and messages say what is true now, in time before closing."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from pydantic import SecretStr
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, sessionmaker

from callcenter.callbacks import attempt_events, locks, one_press, promises, verbs
from callcenter.callbacks.untold import is_true, lead_not_told, not_told, told
from callcenter.calls.call import Call
from callcenter.calls.stages import Stage
from callcenter.clock import VirtualClock
from callcenter.notify.channels import switch
from callcenter.notify.effects import effects
from callcenter.notify.message import After
from callcenter.presence.records import ConsultantState
from callcenter.rota import versions
from callcenter.telephony.records import OutboxMessage
from schedules import callbacks
from tests.support.promises import (
    MOBILES,
    OTHER_SCHOOL,
    SCHOOL,
    a_rota,
    an_office,
    at,
    orders,
    promised,
    rota_files,
    stored,
)
from tests.support.told_times import Kept, whole

URL = "https://rbl.example"
ROTA = a_rota()
Sessions = sessionmaker[Session]
_POLICY = rota_files()["policy.toml"].decode()


@pytest.fixture
def office(sessions: Sessions) -> Sessions:
    with sessions.begin() as session:
        an_office(session, at("7 06:00"))
    return sessions


def look(office: Sessions, now: datetime) -> int:
    return callbacks.run(office, VirtualClock(now), public_url=URL, lead_channels=1)


def look_each_minute(office: Sessions, first: datetime, last: datetime) -> None:
    for now in each_minute(first, last):
        look(office, now)


def each_minute(first: datetime, last: datetime) -> Iterator[datetime]:
    while first <= last:
        yield first
        first += timedelta(minutes=1)


def texts(office: Sessions) -> list[str]:
    """The texts to all consultants, without their links."""
    return [str(sms["body"]).split(": http")[0] for sms in orders(office, "notify_sms")]


def texts_to(office: Sessions, code: str) -> list[str]:
    return [str(sms["body"]).split(": http")[0] for sms in orders(office, "notify_sms") if sms["to"] == MOBILES[code]]


def lead(office: Sessions) -> list[str]:
    return [str(order["body"]).split(": http")[0] for order in orders(office, "notify_lead")]


def goes_away(office: Sessions, code: str, now: datetime) -> None:
    with office.begin() as session:
        session.add(ConsultantState(code=code, presence="away", presence_until=now + timedelta(hours=10)))


def comes_back(office: Sessions, code: str) -> None:
    with office.begin() as session:
        session.execute(delete(ConsultantState).where(ConsultantState.code == code))


def rings_the_caller(office: Sessions, callback_id: int, code: str, now: datetime) -> int:
    """The consultant presses, answers and is connected; returns the attempt's id."""
    with office.begin() as session:
        attempt_id = one_press.press(session, ROTA, callback_id, code, now, code).id
        attempt_events.leg_created(session, attempt_id, f"CA{attempt_id}", now)
        one_press.accept(session, ROTA, attempt_id, f"CA{attempt_id}", now)
    return attempt_id


def talk_ends(office: Sessions, attempt_id: int, talk_s: float, now: datetime) -> None:
    with office.begin() as session:
        attempt_events.dial_ended(session, ROTA, attempt_id, "completed" if talk_s else "no-answer", talk_s, now)
        attempt_events.consultant_event(session, ROTA, attempt_id, f"CA{attempt_id}", "completed", now)


# One text for each giving


def test_after_hand_over_and_back_each_owner_hears_of_each_callback_once_more(office: Sessions) -> None:
    first, second = promised(office, at("8 07:00"), preferred="AIS"), promised(office, at("8 07:01"), OTHER_SCHOOL)
    with office.begin() as session:
        verbs.hand_over(session, second.id, "BRA", "lead", at("8 07:02"))
    look(office, at("8 07:05"))
    goes_away(office, "AIS", at("8 07:30"))
    look(office, at("8 07:30"))
    assert texts_to(office, "BRA")[-1].startswith("Nieuw terugbelverzoek")
    comes_back(office, "AIS")
    goes_away(office, "BRA", at("8 07:45"))
    look(office, at("8 07:45"))
    look_each_minute(office, at("8 07:46"), at("8 07:50"))
    told = [sms["callback_ids"] for sms in orders(office, "notify_sms") if sms["to"] == MOBILES["AIS"]]
    assert told == [[first.id], [first.id, second.id]]


def test_what_is_overdue_after_hand_over_and_back_is_told_to_whoever_has_it(office: Sessions) -> None:
    promised(office, at("8 07:00"), preferred="AIS")  # due 8:00
    look_each_minute(office, at("8 07:01"), at("8 08:01"))
    for away, back, minute in (("AIS", None, 2), ("BRA", "AIS", 10)):
        goes_away(office, away, at(f"8 08:{minute:02}"))
        if back:
            comes_back(office, back)
        look(office, at(f"8 08:{minute:02}"))
    look(office, at("8 08:11"))
    assert texts_to(office, "BRA") == ["Te laat sinds 10.00 uur"]
    assert texts_to(office, "AIS").count("Te laat sinds 10.00 uur") == 2


def test_a_reopened_callback_is_told_at_once(office: Sessions) -> None:
    callback = promised(office, at("7 08:00"))
    look(office, at("7 08:01"))
    with office.begin() as session:
        verbs.close_reached(session, callback.id, "AIS", at("7 08:10"))
    with office.begin() as session:
        verbs.reopen(session, ROTA, callback.id, "lead", at("8 08:00"))
    look(office, at("8 08:00"))
    assert texts(office)[-1] == "Nieuw terugbelverzoek, bellen vóór 11.00 uur"
    look_each_minute(office, at("8 08:01"), at("8 08:30"))
    assert len(texts(office)) == 2


def test_the_owner_hears_of_an_appointment_that_somebody_else_moves(office: Sessions) -> None:
    callback = promised(office, at("8 08:00"))
    look(office, at("8 08:01"))
    for hour in (11, 12):
        with office.begin() as session:
            verbs.appoint(session, ROTA, callback.id, at(f"8 {hour}:00"), "lead", at(f"8 08:{hour}"))
        look_each_minute(office, at(f"8 08:{hour}"), at(f"8 08:{hour + 6}"))
    assert texts(office)[1:] == [
        "Andere tijd voor een terugbelverzoek, belafspraak om 13.00 uur",
        "Andere tijd voor een terugbelverzoek, belafspraak om 14.00 uur",
    ]


def test_an_owner_who_changes_the_time_needs_no_text_about_it(office: Sessions) -> None:
    callback = promised(office, at("8 08:00"))
    look(office, at("8 08:01"))
    with office.begin() as session:
        verbs.appoint(session, ROTA, callback.id, at("8 11:00"), "ais@rbl.example", at("8 08:10"), "AIS")
    look(office, at("8 08:11"))
    assert len(texts(office)) == 1


# What is true now


@pytest.mark.parametrize("talks", [True, False], ids=["talking", "ringing"])
def test_nobody_is_told_too_late_while_the_caller_is_being_rung(office: Sessions, talks: bool) -> None:
    callback = promised(office, at("8 08:00"))
    look_each_minute(office, at("8 08:01"), at("8 08:50"))
    before = texts(office)
    if talks:
        attempt_id = rings_the_caller(office, callback.id, "AIS", at("8 08:58"))
        with office.begin() as session:
            attempt_events.caller_event(session, ROTA, attempt_id, "CB1", "in-progress", None, at("8 08:59"))
    else:
        with office.begin() as session:
            one_press.press(session, ROTA, callback.id, "AIS", at("8 08:59"), "AIS")
    last = at("8 09:40") if talks else at("8 09:00")
    look_each_minute(office, at("8 08:59"), last)
    assert texts(office) == before
    assert lead(office) == []


def test_after_a_press_that_rang_nobody_the_owner_is_told_too_late(office: Sessions) -> None:
    callback = promised(office, at("8 08:00"))
    with office.begin() as session:
        attempt = one_press.press(session, ROTA, callback.id, "AIS", at("8 08:59"), "AIS")
    look(office, at("8 09:00"))
    with office.begin() as session:
        attempt_events.leg_not_created(session, ROTA, attempt.id, at("8 09:01"))
    look(office, at("8 09:01"))
    assert texts(office)[-1] == "Te laat sinds 11.00 uur"


def test_a_short_talk_in_time_is_not_too_late_while_its_result_is_asked_for(office: Sessions) -> None:
    callback = promised(office, at("8 08:00"))
    talk_ends(office, rings_the_caller(office, callback.id, "AIS", at("8 08:55")), 6, at("8 08:56"))
    look_each_minute(office, at("8 08:56"), at("8 09:20"))
    assert [text for text in texts(office) if "laat sinds" in text] == []
    assert lead(office) == []


def test_the_reminder_of_an_appointment_comes_fifteen_minutes_before_it_and_names_it(office: Sessions) -> None:
    callback = promised(office, at("8 08:00"))
    with office.begin() as session:
        verbs.appoint(session, ROTA, callback.id, at("8 12:00"), "AIS", at("8 08:05"), "AIS")
    look_each_minute(office, at("8 08:06"), at("8 11:44"))
    assert "Belafspraak om 14.00 uur" not in texts(office)
    look(office, at("8 11:45"))
    assert texts(office)[-1] == "Belafspraak om 14.00 uur"


def test_a_new_owner_and_a_late_one_read_the_appointment_and_not_its_slack(office: Sessions) -> None:
    callback = promised(office, at("8 08:00"))
    with office.begin() as session:
        verbs.appoint(session, ROTA, callback.id, at("8 12:00"), "lead", at("8 08:05"))
        verbs.hand_over(session, callback.id, "CEM", "lead", at("8 11:30"))
    look(office, at("8 11:31"))
    look(office, at("8 12:10"))
    assert texts_to(office, "CEM")[0] == "Nieuw terugbelverzoek, belafspraak om 14.00 uur"
    assert texts_to(office, "CEM")[-1] == "Te laat voor de belafspraak van 14.00 uur"


def test_an_early_try_leaves_the_appointment(office: Sessions) -> None:
    callback = promised(office, at("8 08:00"))
    with office.begin() as session:
        verbs.appoint(session, ROTA, callback.id, at("8 13:00"), "AIS", at("8 08:05"), "AIS")
    for _ in range(3):
        with office.begin() as session:
            verbs.record_attempt(session, ROTA, callback.id, "no_answer", "AIS", at("8 08:30"))
    kept = stored(office, callback.id)
    assert (kept.state, kept.appointment_at, kept.next_attempt_at) == ("open", at("8 13:00"), at("8 13:00"))
    assert kept.due_at == at("8 13:10")


def test_a_new_call_before_the_appointment_makes_one_time_of_which_the_owner_hears(office: Sessions) -> None:
    callback = promised(office, at("8 08:00"))
    look(office, at("8 08:01"))
    with office.begin() as session:
        verbs.appoint(session, ROTA, callback.id, at("9 08:15"), "AIS", at("8 08:05"), "AIS")
    promised(office, at("8 08:30"), SCHOOL)
    now = stored(office, callback.id)
    assert (now.appointment_at, now.due_at) == (None, at("8 09:30"))
    look(office, at("8 08:30"))
    assert texts(office)[-1] == "Andere tijd voor een terugbelverzoek, bellen vóór 11.30 uur"


def test_a_new_call_after_which_the_appointment_is_still_first_leaves_it(office: Sessions) -> None:
    callback = promised(office, at("8 08:00"))
    with office.begin() as session:
        verbs.appoint(session, ROTA, callback.id, at("8 08:40"), "AIS", at("8 08:05"), "AIS")
    promised(office, at("8 08:30"), SCHOOL)
    assert stored(office, callback.id).appointment_at == at("8 08:40")


def test_the_digest_and_too_late_do_not_say_the_same(office: Sessions) -> None:
    promised(office, at("7 13:30"), preferred="AIS")  # due Monday 16:30 in Amsterdam
    look_each_minute(office, at("7 13:31"), at("7 13:40"))
    before = len(texts(office))
    look_each_minute(office, at("8 06:30"), at("8 07:40"))
    assert texts(office)[before:] == ["Goedemorgen. 1 terugbelverzoek, 1 te laat"]


def test_ten_callbacks_of_one_cause_give_one_text_of_each_kind(office: Sessions) -> None:
    start = at("8 08:00")
    for n in range(10):
        now = start + timedelta(seconds=20 * n)
        promised(office, now, f"+3178614000{n}", preferred="AIS")
        look(office, now)
    for n in range(4 * 100):
        look(office, start + timedelta(seconds=200 + 15 * n))
    assert texts_to(office, "AIS") == [
        "10 nieuwe terugbelverzoeken, het eerste vóór 11.00 uur",
        "Over 15 minuten te laat (10 terugbelverzoeken)",
        "10 terugbelverzoeken te laat, het oudste sinds 11.00 uur",
    ]
    assert lead(office) == ["10 terugbelverzoeken te laat, het oudste sinds 11.00 uur"]


# Before closing


def test_what_closing_will_break_is_told_while_there_is_time(office: Sessions) -> None:
    promised(office, at("8 14:00"), preferred="AIS")
    with office.begin() as session:
        (callback,) = locks.lock_all_live(session, SCHOOL)
        callback.change_due(at("8 15:00"), at("8 14:00"), "AIS")  # 17:00, when the line closes
    look_each_minute(office, at("8 14:01"), at("8 15:30"))
    assert texts_to(office, "AIS")[-1] == "Over 15 minuten te laat"
    assert lead(office) == ["1 terugbelverzoek nog vóór sluiting bellen (17.00 uur)"]


def test_an_early_closing_is_known(office: Sessions) -> None:
    promised(office, at("8 12:00"), preferred="AIS", due_at=at("8 13:40"))  # 15:40 in Amsterdam
    early = _POLICY + '2027-06-08 = "until 15:00"\n'
    with office.begin() as session:
        versions.load(session, rota_files(policy=early), "lead", at("8 12:00"))
    look_each_minute(office, at("8 12:01"), at("8 13:30"))
    assert texts_to(office, "AIS")[-1] == "1 terugbelverzoek nog vóór sluiting bellen (15.00 uur)"
    assert lead(office) == ["1 terugbelverzoek nog vóór sluiting bellen (15.00 uur)"]


def test_callbacks_in_nobodys_hands_at_opening_are_the_leads_first_message(office: Sessions) -> None:
    for code in MOBILES:
        goes_away(office, code, at("8 18:00"))
    promised(office, at("8 18:00"), reason="closed")
    with office.begin() as session:
        (callback,) = locks.lock_all_live(session, SCHOOL)
        callback.assign(None, at("8 18:00"))
        session.execute(delete(ConsultantState))
    for code in MOBILES:
        goes_away(office, code, at("9 06:00"))
    look(office, at("9 06:29"))
    assert lead(office) == []
    look_each_minute(office, at("9 06:30"), at("9 06:40"))
    assert lead(office) == ["Een terugbelverzoek is van niemand, bellen vóór 9.30 uur"]


def test_a_caller_who_rang_us_in_time_and_still_talks_is_not_too_late(office: Sessions) -> None:
    callback = promised(office, at("8 08:00"), preferred="AIS")
    look_each_minute(office, at("8 08:01"), at("8 08:50"))
    before = texts(office)
    with office.begin() as session:
        call = Call(
            call_sid="CA1",
            line_id=callback.line_id,
            from_number=SCHOOL,
            group="school",
            received_at=at("8 08:57"),
            connected_at=at("8 08:58"),
            in_hours=True,
            last_event_at=at("8 08:58"),
            state="connected",
            stage=Stage.TALKING,
        )
        session.add(call)
    look_each_minute(office, at("8 08:58"), at("8 09:25"))
    assert (texts(office), lead(office)) == (before, [])
    assert whole(office, at("8 09:20")) == Kept(0, 0)
    with office.begin() as session:
        session.execute(update(Call).values(ended_at=at("8 09:26")))
        promises.resolve_by_call(
            session,
            SCHOOL,
            at("8 09:26"),
            came_in_at=at("8 08:57"),
            answered_by="AIS",
            connected_at=at("8 08:58"),
        )
    assert stored(office, callback.id).closed_in_time is True
    assert whole(office, at("8 10:00")) == Kept(1, 1)


# Of messages that wait


@pytest.fixture
def dispatcher(office: Sessions) -> Callable[[datetime], None]:
    """Looks once which orders are still needed, as the dispatcher does before it sends them."""
    after = After(is_true, told, not_told, lead_not_told)
    kinds = effects(cast(Any, None), [SecretStr("json://127.0.0.1:9/")], after, locale="nl", public_url=URL)

    def drop(now: datetime) -> None:
        with office.begin() as session:
            for order in session.scalars(select(OutboxMessage).where(OutboxMessage.state == "queued")):
                if order.kind in kinds and not kinds[order.kind].needed_orders(session, [order], now):
                    order.state = "dropped"

    return drop


def waiting(office: Sessions) -> list[str]:
    with office() as session:
        found = session.scalars(select(OutboxMessage).where(OutboxMessage.state == "queued").order_by(OutboxMessage.id))
        return [str(order.payload["body"]).split(": http")[0] for order in found if "body" in order.payload]


Drop = Callable[[datetime], None]


def test_a_message_about_what_is_closed_meanwhile_is_dropped(office: Sessions, dispatcher: Drop) -> None:
    callback = promised(office, at("8 08:00"))
    look_each_minute(office, at("8 08:01"), at("8 09:16"))
    assert len(waiting(office)) == 4
    with office.begin() as session:
        verbs.close_reached(session, callback.id, "AIS", at("8 09:17"))
    dispatcher(at("8 09:17"))
    assert waiting(office) == []


def test_of_messages_that_wait_only_those_are_sent_that_still_hold(office: Sessions, dispatcher: Drop) -> None:
    callback = promised(office, at("8 08:00"))
    look(office, at("8 08:01"))
    for minute, hour in ((10, 12), (20, 13)):
        with office.begin() as session:
            verbs.set_due(session, ROTA, callback.id, at(f"8 {hour}:00"), "lead", at(f"8 08:{minute}"))
        look(office, at(f"8 08:{minute + 1}"))
    dispatcher(at("8 08:22"))
    assert waiting(office) == ["Andere tijd voor een terugbelverzoek, bellen vóór 15.00 uur"]


def test_a_former_owner_gets_no_message_that_waited(office: Sessions, dispatcher: Drop) -> None:
    callback = promised(office, at("8 08:00"), preferred="AIS")
    look(office, at("8 08:01"))
    with office.begin() as session:
        verbs.hand_over(session, callback.id, "BRA", "lead", at("8 08:02"))
    look(office, at("8 08:03"))
    dispatcher(at("8 08:03"))
    with office() as session:
        queued = session.scalars(select(OutboxMessage).where(OutboxMessage.state == "queued"))
        assert [order.payload["consultant"] for order in queued] == ["BRA"]


def test_no_message_is_sent_after_closing(office: Sessions) -> None:
    promised(office, at("8 14:20"), preferred="AIS")  # closing is at 15:00
    look(office, at("8 14:21"))
    with office() as session:
        (order,) = session.scalars(select(OutboxMessage))
        assert order.expires_at == at("8 15:00")


# Who hears of what


def test_one_that_follows_just_before_closing_does_not_keep_the_lead_waiting(office: Sessions) -> None:
    promised(office, at("8 13:42"), preferred="AIS")
    promised(office, at("8 13:46"), OTHER_SCHOOL, preferred="AIS")
    look_each_minute(office, at("8 13:47"), at("8 14:59"))
    assert [text for text in lead(office) if "te laat" in text.lower()] == ["Te laat sinds 16.42 uur"]


def test_whoever_wants_no_reminders_is_still_told_of_one_given_late(office: Sessions) -> None:
    with office.begin() as session:
        switch(session, "BRA", "due_soon", False)
    callback = promised(office, at("8 08:00"), preferred="AIS")
    look(office, at("8 08:01"))
    with office.begin() as session:
        verbs.hand_over(session, callback.id, "BRA", "lead", at("8 08:50"))
    look_each_minute(office, at("8 08:50"), at("8 08:52"))
    assert texts_to(office, "BRA") == ["Nieuw terugbelverzoek, bellen vóór 11.00 uur"]


def test_the_lead_hears_in_time_when_the_owner_is_not_there_and_nobody_else_is(office: Sessions) -> None:
    promised(office, at("8 08:00"), preferred="AIS")
    for code in MOBILES:
        goes_away(office, code, at("8 08:05"))
    look_each_minute(office, at("8 08:06"), at("8 08:46"))
    assert lead(office) == ["Voor een terugbelverzoek is de eigenaar er niet, bellen vóór 11.00 uur"]
