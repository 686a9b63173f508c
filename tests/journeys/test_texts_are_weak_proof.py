"""Anybody can forge a text message: texts alone take nobody off the line whom it needs, and answer strangers rarely."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest
from sqlalchemy import Engine, select

from callcenter.access.records import AuditEvent
from callcenter.clock import VirtualClock
from callcenter.presence.records import ConsultantState
from callcenter.rota import versions
from callcenter.standin.twilio.signing import signature
from tests.support.callback_office import BASE, CallbackOffice
from tests.support.promises import LINE, MOBILES, orders
from tests.support.racing import race
from tests.support.small_office import rota_files
from tests.support.town import PEOPLE, MakeTown, Town

NIGHT = datetime(2027, 6, 8, 5, 0, tzinfo=UTC)
PAGE = "https://callcenter.example.nl/mijn"


def text(town: Town, number: str, body: str) -> list[str]:
    """What came back to a telephone for one text message."""
    phone = town.standin.phone(number)
    before = len(phone.texts)
    phone.sends(body, to=town.lines[0])
    town.standin.run_for(10)
    return [words for _, words in phone.texts[before:]]


def away(town: Town) -> list[str]:
    with town.session() as session:
        gone = ConsultantState.presence != "available"
        return sorted(session.scalars(select(ConsultantState.code).where(gone)))


def audited(town: Town, action: str) -> list[tuple[str, str]]:
    with town.session() as session:
        rows = session.execute(select(AuditEvent.actor, AuditEvent.subject).where(AuditEvent.action == action))
        return [(actor, subject) for actor, subject in rows]


@pytest.mark.parametrize("word", ["weg", "afwezig 600", "bezet", "pauze 15"])
def test_texts_of_everybody_leave_two_on_the_line(a_town: MakeTown, word: str) -> None:
    town = a_town()
    answers = [answer for mobile in PEOPLE.values() for answer in text(town, mobile, word)]

    assert away(town) == ["AIS"]
    assert [PAGE in answer and "te weinig" in answer for answer in answers] == [False, True, True]
    assert audited(town, "presence_set") == [("AIS (sms)", "consultant:AIS")]
    assert audited(town, "presence_refused") == [(f"{code} (sms)", f"consultant:{code}") for code in ("BRA", "CEM")]


def test_texts_before_the_line_opens_do_not_keep_it_empty(a_small_town: MakeTown) -> None:
    town = a_small_town(NIGHT)
    for mobile in PEOPLE.values():
        text(town, mobile, "weg 120")
    assert len(away(town)) == 1


def test_who_is_away_comes_back_by_text_and_another_may_go(a_small_town: MakeTown) -> None:
    town = a_small_town()
    text(town, PEOPLE["AIS"], "weg")
    assert text(town, PEOPLE["AIS"], "beschikbaar") == ["Je staat op beschikbaar."]
    text(town, PEOPLE["BRA"], "weg")
    assert away(town) == ["BRA"]


def test_longer_than_two_hours_asks_for_the_page(a_small_town: MakeTown) -> None:
    town = a_small_town()
    assert text(town, PEOPLE["AIS"], "weg") == [
        f"Je staat op afwezig tot 12.00 uur. Ga naar {PAGE} voor langer dan twee uur."
    ]
    assert text(town, PEOPLE["AIS"], "busy 180") == [f"You are busy until 12:00. Go to {PAGE} for more than two hours."]
    assert text(town, PEOPLE["AIS"], "bezet 120") == ["Je staat op bezet tot 12.00 uur."]


def test_a_shift_that_ends_sooner_is_not_blamed_on_the_text(a_small_town: MakeTown) -> None:
    town = a_small_town(datetime(2027, 6, 8, 14, 0, tzinfo=UTC))
    assert text(town, PEOPLE["AIS"], "weg") == ["Je staat op afwezig tot 17.00 uur."]


def test_the_lead_is_told_once_a_day(sqlite_engine: Engine, clock: VirtualClock) -> None:
    office = CallbackOffice(sqlite_engine, clock, CALLCENTER_NOTIFY_URLS="json://127.0.0.1:1/a json://127.0.0.1:1/b")
    for _ in range(3):
        for code in ("AIS", "BRA"):
            office.mobile(code).sends("weg", to=LINE)
    office.wait(1)
    told = orders(office.sessions, "notify_lead")
    assert [order["channel"] for order in told] == [0, 1]
    assert "Een sms wilde een consulent van de lijn halen" in told[0]["body"]
    office.wait(24 * 60)
    office.mobile("AIS").sends("weg", to=LINE)
    office.wait(1)
    assert len(orders(office.sessions, "notify_lead")) == 4


@pytest.mark.postgres
def test_two_texts_at_the_same_instant_do_not_both_leave(
    postgresql_url: str, open_engine: Callable[[str], Engine], clock: VirtualClock
) -> None:
    office = CallbackOffice(open_engine(postgresql_url), clock)
    office.office.wake = lambda: None
    settings = office.office.settings

    def sends(number: int, code: str, body: str) -> int:
        params = {
            "AccountSid": settings.twilio_account_sid,
            "MessageSid": f"SM{number:032}",
            "From": MOBILES[code],
            "To": LINE,
            "Body": body,
        }
        token = settings.twilio_auth_token.get_secret_value()
        headers = {"X-Twilio-Signature": signature(token, f"{BASE}/webhooks/sms", params)}
        return office.app.test_client().post("/webhooks/sms", data=params, headers=headers).status_code

    # Two are on duty and one must remain.
    with office.sessions.begin() as session:
        files = rota_files()
        files["policy.toml"] += b"[presence]\nmin_available = 1\n"
        versions.load(session, files, "test", clock.now())
    for n in range(15):
        assert race(*(partial(sends, 4 * n + i, code, "weg") for i, code in enumerate(("AIS", "BRA")))) == [200, 200]
        with office.sessions() as session:
            gone = session.scalars(select(ConsultantState.code).where(ConsultantState.presence == "away")).all()
        assert len(gone) == 1
        assert sends(4 * n + 2, gone[0], "beschikbaar") == 200


@pytest.mark.parametrize(
    "sender", ["+37190000000", "+32470123456", "+3197012345678", "+31302345678", "14030", "1008", "PostNL", "", LINE]
)
def test_nothing_is_sent_abroad_or_to_what_is_no_mobile(a_small_town: MakeTown, sender: str) -> None:
    town = a_small_town()
    settings = town.lived.office.settings
    params = {
        "AccountSid": settings.twilio_account_sid,
        "MessageSid": "SM" + "1" * 32,
        "From": sender,
        "To": LINE,
        "Body": "Hallo?",
    }
    headers = {
        "X-Twilio-Signature": signature(
            settings.twilio_auth_token.get_secret_value(), f"{settings.public_url}/webhooks/sms", params
        )
    }
    answer = town.lived.app.test_client().post("/webhooks/sms", data=params, headers=headers)
    assert answer.status_code == 200
    assert "<Message>" not in answer.text


def test_a_stranger_is_answered_once_a_day_so_two_machines_do_not_talk_for_ever(a_small_town: MakeTown) -> None:
    town = a_small_town()
    assert len(text(town, "+31612345678", "Ik ben er niet.")) == 1
    for _ in range(5):
        assert text(town, "+31612345678", "Ik ben er niet.") == []
    town.lived.be_away()
    town.clock.advance(24 * 3600)
    town.lived.come_back()
    assert len(text(town, "+31612345678", "Ik ben er niet.")) == 1


def test_strangers_together_get_thirty_answers_an_hour(a_small_town: MakeTown) -> None:
    town = a_small_town()
    numbers = [f"+3161234{n:04}" for n in range(34)]
    for number in numbers:
        town.standin.phone(number).sends("Hoi", to=LINE)
    town.standin.run_for(60)
    assert sum(len(town.standin.phone(number).texts) for number in numbers) == 30


def test_a_consultants_number_that_is_forged_all_day_costs_thirty_answers_an_hour(a_small_town: MakeTown) -> None:
    town = a_small_town()
    for _ in range(34):
        town.mobile("AIS").sends("wie", to=LINE)
    town.standin.run_for(60)
    assert len(town.mobile("AIS").texts) == 30
