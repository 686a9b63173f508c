"""The callback job: it assigns callbacks, sends each message once and in time, and ends lost attempts."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from callcenter.callbacks import attempt_events, locks, one_press, verbs
from callcenter.callbacks.attempt_results import ASK_FOR
from callcenter.clock import VirtualClock
from callcenter.notify.channels import switch
from callcenter.presence.records import ConsultantState
from schedules import callbacks
from tests.support.promises import (
    LINE,
    MOBILES,
    OTHER_SCHOOL,
    a_rota,
    an_office,
    at,
    orders,
    promised,
    stored,
)

URL = "https://rbl.example"
ROTA = a_rota()
Sessions = sessionmaker[Session]


@pytest.fixture
def office(sessions: Sessions) -> Sessions:
    with sessions.begin() as session:
        an_office(session, at("7 06:00"))
    return sessions


def look(office: Sessions, now: datetime, channels: int = 1) -> int:
    """One run of the job at this instant."""
    return callbacks.run(office, VirtualClock(now), public_url=URL, lead_channels=channels)


def minutes(first: datetime, last: datetime) -> Iterator[datetime]:
    while first <= last:
        yield first
        first += timedelta(minutes=1)


def texts(office: Sessions, to: str | None = None) -> list[str]:
    return [str(sms["body"]) for sms in orders(office, "notify_sms") if to in (None, sms["to"])]


def test_the_owner_is_told_of_a_new_one_once(office: Sessions) -> None:
    callback = promised(office, at("8 08:00"))
    for _ in range(2):
        look(office, at("8 08:01"))
    link = f"{URL}/mijn/terugbellen/{callback.id}"
    (sms,) = orders(office, "notify_sms")
    assert (sms["to"], sms["from"]) == (MOBILES["AIS"], LINE)
    assert sms["body"] == f"Nieuw terugbelverzoek, bellen vóór 11.00 uur: {link}"
    assert sms["callback_ids"] == [callback.id]


def test_a_look_at_promises_of_which_all_is_told_holds_up_nobody_who_writes(office: Sessions) -> None:
    promised(office, at("8 08:00"))
    look(office, at("8 08:01"))
    # Nothing is due until 10.45: the job only reads, so it waits for no writer, and no writer waits for it.
    with office.begin() as somebody_else:
        somebody_else.execute(update(ConsultantState).values(presence_at=at("8 08:02")))
        assert look(office, at("8 08:02")) == 0


def test_ten_calls_are_not_ten_messages(office: Sessions) -> None:
    start = at("8 12:00")  # Aïsha and Cem are on duty
    for n in range(10):
        promised(office, start + timedelta(seconds=20 * n), f"+3178614000{n}", preferred="AIS")
        look(office, start + timedelta(seconds=20 * n))
    for now in minutes(start + timedelta(minutes=4), start + timedelta(minutes=10)):
        look(office, now)
    new = [text for text in texts(office) if "Nieuw" in text or "nieuwe" in text]
    assert len(new) == 1
    assert new[0].startswith("10 nieuwe terugbelverzoeken")


def test_reminder_before_overdue_after_then_the_lead(office: Sessions) -> None:
    callback = promised(office, at("8 08:00"))
    for now in minutes(at("8 08:00"), at("8 09:30")):
        look(office, now)
    link = f"{URL}/mijn/terugbellen/{callback.id}"
    assert texts(office) == [
        f"Nieuw terugbelverzoek, bellen vóór 11.00 uur: {link}",
        f"Over 15 minuten te laat: {link}",
        f"Te laat sinds 11.00 uur: {link}",
    ]
    (lead,) = orders(office, "notify_lead")
    assert lead["body"] == f"Te laat sinds 11.00 uur: {URL}/terugbellen"


def test_the_clock_away_for_an_hour_delays_and_loses_nothing_and_tells_nothing_twice(office: Sessions) -> None:
    early = promised(office, at("8 07:20"))
    late = promised(office, at("8 08:10"), OTHER_SCHOOL)
    look(office, at("8 08:00"))
    # The job does not run from 10.00 to 11.00: the first one's reminder (10.05) and due time (10.20) pass.
    for now in minutes(at("8 09:00"), at("8 09:20")):
        look(office, now)
        look(office, now)
    told = texts(office)
    assert len(told) == len(set(told))
    assert [text for text in told if text.endswith(f"/{early.id}") and "Te laat sinds 10.20" in text]
    assert [text for text in told if text.endswith(f"/{late.id}") and "Over" in text]
    assert len(orders(office, "notify_lead")) == 1


def test_two_clocks_at_once_tell_once(office: Sessions) -> None:
    for n in range(6):
        promised(office, at("8 08:00"), f"+3178614000{n}", preferred="AIS")
    workers = [threading.Thread(target=look, args=(office, at("8 08:46"))) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    about = [callback_id for sms in orders(office, "notify_sms") for callback_id in sms["callback_ids"]]
    assert sorted(about) == sorted(set(about))
    assert len(about) == 6


def test_nobody_is_disturbed_outside_their_working_time(office: Sessions) -> None:
    promised(office, at("8 18:00"), reason="closed", preferred="BRA")
    for now in (at("8 18:01"), at("9 04:00"), at("9 06:29")):
        assert look(office, now) == 0
    assert texts(office) == []


def test_the_day_begins_with_one_digest(office: Sessions) -> None:
    promised(office, at("8 18:00"), reason="closed", preferred="BRA")
    promised(office, at("8 19:00"), OTHER_SCHOOL, reason="voicemail", preferred="BRA")
    for now in minutes(at("9 06:30"), at("9 06:50")):
        look(office, now)
    assert texts(office) == [f"Goedemorgen. 2 terugbelverzoeken, 1 vóór 9.30 uur: {URL}/mijn"]


def test_a_digest_that_was_late_is_still_given_once(office: Sessions) -> None:
    promised(office, at("8 18:00"), reason="voicemail", preferred="AIS")
    for now in minutes(at("9 07:30"), at("9 07:40")):
        look(office, now)
    assert len([text for text in texts(office) if text.startswith("Goedemorgen. 1 terugbelverzoek")]) == 1


def test_a_kind_that_is_switched_off_is_not_sent(office: Sessions) -> None:
    with office.begin() as session:
        switch(session, "AIS", "new", False)
    promised(office, at("8 08:00"), preferred="AIS")
    for now in minutes(at("8 08:00"), at("8 08:50")):
        look(office, now)
    assert [text.split(":")[0] for text in texts(office)] == ["Over 15 minuten te laat"]


def test_an_owner_going_off_duty_hands_over_and_the_next_is_told(office: Sessions) -> None:
    callback = promised(office, at("8 10:40"), reason="voicemail", preferred="BRA")  # due 12:40, Bram leaves at 11:00
    with office.begin() as session:
        verbs.claim(session, callback.id, "BRA", "BRA", at("8 10:50"))
    look(office, at("8 10:59"))
    assert stored(office, callback.id).owner == "BRA"
    look(office, at("8 11:00"))
    moved = stored(office, callback.id)
    assert (moved.state, moved.owner) == ("open", "AIS")
    look(office, at("8 11:01"))
    assert texts(office, MOBILES["AIS"]) == [
        f"Nieuw terugbelverzoek, bellen vóór 14.40 uur: {URL}/mijn/terugbellen/{callback.id}"
    ]


def test_who_says_to_be_away_hands_over_too(office: Sessions) -> None:
    callback = promised(office, at("8 08:00"), preferred="AIS")
    with office.begin() as session:
        session.add(ConsultantState(code="AIS", presence="away", presence_until=at("8 22:00")))
    look(office, at("8 08:05"))
    assert stored(office, callback.id).owner == "BRA"


def test_one_that_is_being_called_stays_where_it_is(office: Sessions) -> None:
    callback = promised(office, at("8 10:40"), preferred="BRA")
    with office.begin() as session:
        one_press.press(session, ROTA, callback.id, "BRA", at("8 10:59"), "BRA")
    look(office, at("8 11:00"))
    assert stored(office, callback.id).owner == "BRA"


def test_nobodys_is_given_as_soon_as_somebody_is_there(office: Sessions) -> None:
    with office.begin() as session:
        session.add_all([ConsultantState(code=code, presence="away", presence_until=at("8 08:30")) for code in MOBILES])
    callback = promised(office, at("8 08:00"))
    assert callback.owner is None
    look(office, at("8 08:30"))
    assert stored(office, callback.id).owner is not None


def test_what_is_overdue_in_nobodys_hands_goes_to_the_lead_at_once(office: Sessions) -> None:
    callback = promised(office, at("8 08:00"))
    with office.begin() as session:
        session.add_all([ConsultantState(code=code, presence="away", presence_until=at("8 22:00")) for code in MOBILES])
    look(office, at("8 09:00"), channels=2)
    assert len(orders(office, "notify_lead")) == 2
    assert stored(office, callback.id).escalated_at == at("8 09:00")


def test_an_attempt_that_hangs_is_ended(office: Sessions) -> None:
    callback = promised(office, at("8 08:00"))
    with office.begin() as session:
        attempt = one_press.press(session, ROTA, callback.id, "AIS", at("8 08:00"), "AIS")
    look(office, attempt.expires_at)
    with office() as session:
        assert locks.live_attempt(session, callback.id) is None
        assert session.get_one(ConsultantState, "AIS").reserved_for is None


def test_a_short_talk_of_which_nobody_tells_counts_as_not_reached(office: Sessions) -> None:
    now = at("8 08:00")
    callback = promised(office, now)
    with office.begin() as session:
        attempt_id = one_press.press(session, ROTA, callback.id, "AIS", now, "AIS").id
        attempt_events.leg_created(session, attempt_id, "CA1", now)
        one_press.accept(session, ROTA, attempt_id, "CA1", now)
        attempt_events.dial_ended(session, ROTA, attempt_id, "completed", 8, now)
        attempt_events.consultant_event(session, ROTA, attempt_id, "CA1", "completed", now)
    look(office, now + ASK_FOR - timedelta(seconds=1))
    assert stored(office, callback.id).attempts == 0
    look(office, now + ASK_FOR)
    assert stored(office, callback.id).attempts == 1


def test_a_new_due_time_is_reminded_of_anew(office: Sessions) -> None:
    callback = promised(office, at("8 08:00"))
    look(office, at("8 08:50"))
    with office.begin() as session:
        verbs.set_due(session, ROTA, callback.id, at("8 10:00"), "lead", at("8 08:51"))
    look(office, at("8 09:50"))
    assert len([text for text in texts(office) if text.startswith("Over")]) == 2
