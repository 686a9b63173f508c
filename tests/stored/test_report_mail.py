"""The month report goes by mail on the first open day: once to each recipient, whatever runs how often."""

import email
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.clock import VirtualClock
from callcenter.errors import InvalidInput
from callcenter.reports import recipients
from callcenter.reports.mailing import KIND, ReportMail
from callcenter.storage.totals import PendingTotals
from callcenter.telephony.dispatcher import Dispatcher
from callcenter.telephony.records import OutboxMessage
from schedules import reports
from tests.support.api_office import Door
from tests.support.slow_channels import MailServer, a_mail_server

Sessions = sessionmaker[Session]
# Thursday 1 July 2027 is the first open day; the line opens at 8.30, which is 6.30 UTC.
OPENS = datetime(2027, 7, 1, 6, 30, tzinfo=UTC)
MANAGER, DIRECTOR = "manager@example.nl", "director@example.nl"


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with a_mail_server() as server:
        yield server


@pytest.fixture
def door(sessions: Sessions, clock: VirtualClock) -> Door:
    door = Door(sessions, clock)
    door.load_rota()
    with sessions.begin() as session:
        for address in (MANAGER, DIRECTOR):
            recipients.add(session, address, "lead@example.nl", clock.now())
    return door


def at(door: Door, when: datetime) -> None:
    """The job runs at this instant."""
    door.clock.move_to(when)
    reports.run(door.sessions, door.clock, can_mail=True)


def dispatcher(door: Door, url: str | None) -> Dispatcher:
    address = SecretStr(url) if url else None
    effect = ReportMail(door.sessions, door.clock, address, "nl", "https://rbl.example")
    return Dispatcher(door.sessions, door.clock, {KIND: effect}, PendingTotals(), lambda: None)


def orders(door: Door) -> list[OutboxMessage]:
    with door.sessions() as session:
        return list(session.scalars(select(OutboxMessage).where(OutboxMessage.kind == KIND).order_by(OutboxMessage.id)))


def parts(text: str) -> tuple[Message, bytes]:
    """A mail, and its attachment."""
    mail = email.message_from_string(text)
    (pdf,) = [part for part in mail.walk() if part.get_content_type() == "application/pdf"]
    data = pdf.get_payload(decode=True)
    assert isinstance(data, bytes)
    assert pdf.get_filename() == "rapport-2027-06.pdf"
    return mail, data


def test_each_recipient_gets_the_month_before_at_the_first_opening(door: Door, mail: MailServer) -> None:
    at(door, OPENS - timedelta(minutes=50))
    sender = dispatcher(door, mail.url)
    assert sender.run_due() == 0, "before the opening"
    door.clock.move_to(OPENS)
    assert sender.run_due() == 2
    mails = [parts(text) for text in mail.mails]
    assert sorted(str(mail["To"]) for mail, _ in mails) == [DIRECTOR, MANAGER]
    assert all(pdf.startswith(b"%PDF-") for _, pdf in mails)
    assert "juni 2027" in str(email.header.make_header(email.header.decode_header(str(mails[0][0]["Subject"]))))
    assert [order.state for order in orders(door)] == ["done", "done"]


def test_two_hosts_that_run_all_week_mail_once(door: Door, mail: MailServer) -> None:
    for hour in range(0, 24 * 8, 5):
        at(door, OPENS + timedelta(hours=hour))
        reports.run(door.sessions, door.clock, can_mail=True)
        dispatcher(door, mail.url).run_due()
    assert len(mail.mails) == 2


def test_a_recipient_who_is_removed_and_added_again_gets_no_second_one(door: Door, mail: MailServer) -> None:
    at(door, OPENS)
    dispatcher(door, mail.url).run_due()
    with door.sessions.begin() as session:
        recipients.remove(session, recipients.recipients(session)[0].id)
        recipients.add(session, DIRECTOR.upper(), "lead@example.nl", door.clock.now())
    at(door, OPENS + timedelta(hours=1))
    dispatcher(door, mail.url).run_due()
    assert len(mail.mails) == 2


def test_nothing_goes_out_before_the_first_open_day_or_a_week_later(door: Door) -> None:
    # 1 August 2027 is a Sunday.
    at(door, datetime(2027, 8, 1, 8, 0, tzinfo=UTC))
    assert orders(door) == []
    at(door, datetime(2027, 8, 9, 7, 0, tzinfo=UTC))
    assert orders(door) == []
    at(door, datetime(2027, 9, 3, 7, 0, tzinfo=UTC))
    assert [order.payload["month"] for order in orders(door)] == ["2027-08", "2027-08"], "the office was down till then"


def test_a_recipient_removed_before_the_mail_goes_gets_none(door: Door, mail: MailServer) -> None:
    at(door, OPENS)
    with door.sessions.begin() as session:
        recipients.remove(session, next(one.id for one in recipients.recipients(session) if one.address == MANAGER))
    dispatcher(door, mail.url).run_due()
    assert [str(parts(text)[0]["To"]) for text in mail.mails] == [DIRECTOR]
    assert sorted(order.state for order in orders(door)) == ["done", "dropped"]


def test_whoever_is_removed_by_mistake_gets_it_and_nobody_gets_it_for_another(door: Door, mail: MailServer) -> None:
    at(door, OPENS)
    with door.sessions.begin() as session:
        for one in recipients.recipients(session):
            recipients.remove(session, one.id)
        # On SQLite these have the ids of those who were removed.
        for address in ("new@example.nl", MANAGER):
            recipients.add(session, address, "lead@example.nl", door.clock.now())
    at(door, OPENS + timedelta(hours=1))
    for _ in range(3):
        dispatcher(door, mail.url).run_due()
    assert sorted(str(parts(text)[0]["To"]) for text in mail.mails) == [MANAGER, "new@example.nl"]
    assert sorted(order.state for order in orders(door)) == ["done", "done", "dropped"]


def test_a_server_that_refuses_is_tried_again_and_one_that_may_have_it_is_not(door: Door, mail: MailServer) -> None:
    mail.refuses["MAIL"] = "451 later"
    at(door, OPENS)
    sender = dispatcher(door, mail.url)
    sender.run_due()
    assert sorted(order.state for order in orders(door)) == ["done", "queued"]
    door.clock.advance(60)
    sender.run_due()
    assert len(mail.mails) == 2
    mail.breaks_off_after = "DATA"
    at(door, datetime(2027, 8, 2, 6, 30, tzinfo=UTC))
    for _ in range(5):
        sender.run_due()
        door.clock.advance(3600)
    assert len(mail.mails) == 4
    assert [order.state for order in orders(door)][2:] == ["failed", "failed"]


def test_without_a_mail_server_nothing_is_ordered(door: Door) -> None:
    door.clock.move_to(OPENS)
    assert reports.run(door.sessions, door.clock, can_mail=False) == 0
    assert orders(door) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "manager",
        "manager@",
        "@example.nl",
        "manager@example",
        "a@example.nl, b@example.nl",
        "a@example.nl b@example.nl",
        "Manager <a@example.nl>",
        "a@example.nl?cc=b@example.nl",
        "a@example.nl\nBcc: b@example.nl",
        "a..b@example.nl",
        "a@-example.nl",
        "é@example.nl",
        f"{'a' * 65}@example.nl",
        f"a@{'b.' * 120}nl",
    ],
)
def test_what_is_not_one_mail_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        recipients.mail_address(text)


@pytest.mark.parametrize("text", ["Manager@Example.nl", "j.de-boer+lijn@mail.gemeente.example", "o'neill@example.nl"])
def test_usual_addresses_are_taken(text: str) -> None:
    assert recipients.mail_address(f" {text} ") == text.lower()
