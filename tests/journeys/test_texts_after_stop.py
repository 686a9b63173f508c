"""A consultant's mobile answered STOP, so Twilio delivers no text to it: the team lead is notified."""

import pytest
from sqlalchemy import Engine, select

from callcenter.clock import VirtualClock
from callcenter.lines.register import add
from callcenter.rota import versions
from callcenter.telephony.records import OutboxMessage
from tests.support.callback_office import CallbackOffice
from tests.support.promises import LINE, MOBILES, rota_files

ANOTHER_LINE, ANOTHER_MOBILE = "+31858880099", "+31620000009"


@pytest.fixture
def office(engine: Engine, clock: VirtualClock) -> CallbackOffice:
    # Nothing listens at this address, so the notifications stay in the outbox.
    return CallbackOffice(engine, clock, CALLCENTER_NOTIFY_URLS="json://127.0.0.1:9/")


def a_text_is_due(office: CallbackOffice, number: str) -> None:
    office.missed_call(number)
    office.wait(1)
    office.look()
    office.office.wake()
    office.wait(6)


def told(office: CallbackOffice) -> list[str]:
    """The notifications to the team lead about consultants without texts."""
    with office.sessions() as session:
        orders = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "notify_lead"))
        return [order.payload["body"] for order in orders if "STOP" in order.payload["body"]]


def stopped_gauge(office: CallbackOffice) -> str:
    text = office.app.test_client().get("/metrics").get_data(as_text=True)
    return next(line for line in text.splitlines() if line.startswith("callcenter_consultants_text_stopped"))


def says(office: CallbackOffice, word: str, to: str = LINE) -> None:
    office.mobile().sends(word, to=to)
    office.wait(1)


def test_the_team_lead_is_told_once_without_a_name(office: CallbackOffice) -> None:
    assert stopped_gauge(office) == "callcenter_consultants_text_stopped 0.0"
    says(office, "STOP")
    for n in range(3):
        a_text_is_due(office, f"+3178614000{n}")

    assert told(office) == [
        "Een consulent krijgt geen sms'jes van de lijn meer, want die mobiel stuurde STOP. "
        "Wie: https://callcenter.example.nl/"
    ]
    assert stopped_gauge(office) == "callcenter_consultants_text_stopped 1.0"


def test_after_start_the_texts_come_and_a_second_stop_is_told_again(office: CallbackOffice) -> None:
    says(office, "STOP")
    a_text_is_due(office, "+31786140001")
    says(office, "START")
    assert stopped_gauge(office) == "callcenter_consultants_text_stopped 0.0"
    a_text_is_due(office, "+31786140002")
    assert any("terugbelverzoek" in body for _, body in office.mobile().texts)
    assert len(told(office)) == 1

    says(office, "stop")
    a_text_is_due(office, "+31786140003")
    assert len(told(office)) == 2


def test_start_to_another_line_does_not_bring_back_the_texts_of_this_one(office: CallbackOffice) -> None:
    says(office, "STOP")
    a_text_is_due(office, "+31786140001")
    office.twilio.line(ANOTHER_LINE)
    with office.sessions.begin() as session:
        add(session, ANOTHER_LINE, "tweede", office.clock.now())
    says(office, "START", to=ANOTHER_LINE)
    assert stopped_gauge(office) == "callcenter_consultants_text_stopped 1.0"
    says(office, "START")
    assert stopped_gauge(office) == "callcenter_consultants_text_stopped 0.0"


def test_a_text_that_goes_out_says_that_start_was_said(office: CallbackOffice) -> None:
    says(office, "STOP")
    a_text_is_due(office, "+31786140001")
    office.twilio.exchange.messages.stopped.clear()  # START reached Twilio, but its webhook was lost
    a_text_is_due(office, "+31786140002")
    assert stopped_gauge(office) == "callcenter_consultants_text_stopped 0.0"


def test_another_mobile_is_another_matter(office: CallbackOffice) -> None:
    says(office, "STOP")
    a_text_is_due(office, "+31786140001")
    files = rota_files()
    files["consultants.csv"] = files["consultants.csv"].replace(MOBILES["AIS"].encode(), ANOTHER_MOBILE.encode())
    with office.sessions.begin() as session:
        versions.load(session, files, "test", office.clock.now())
    assert stopped_gauge(office) == "callcenter_consultants_text_stopped 0.0"

    office.twilio.exchange.messages.stopped.add(ANOTHER_MOBILE)
    a_text_is_due(office, "+31786140002")
    assert len(told(office)) == 2
    assert stopped_gauge(office) == "callcenter_consultants_text_stopped 1.0"


def test_a_text_refused_for_another_reason_is_no_stop(office: CallbackOffice) -> None:
    office.twilio.exchange.messages.failing[MOBILES["AIS"]] = 30005
    a_text_is_due(office, "+31786140001")
    assert told(office) == []
    assert stopped_gauge(office) == "callcenter_consultants_text_stopped 0.0"
