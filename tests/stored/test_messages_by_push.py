"""A consultant's message by push and mail: read by the browser alone, sent once, and never lost when a way fails."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from callcenter.access.push_devices import switch_on
from callcenter.access.records import PushDevice, User
from callcenter.access.taking_away import take_away
from callcenter.app import all_effects
from callcenter.callbacks.untold import is_true, lead_not_told, not_told, told
from callcenter.clock import VirtualClock
from callcenter.notify.message import After
from callcenter.notify.other_ways import PushMessage
from callcenter.notify.push.door import PushDoor
from callcenter.notify.push.keys import make_private_key, public_key_of
from callcenter.notify.push.subscription import is_public
from callcenter.notify.to_consultant import choose_way
from callcenter.notify.ways import Lead
from callcenter.telephony.dispatcher import Dispatcher
from callcenter.telephony.records import OutboxMessage
from tests.support.callback_office import BASE, CallbackOffice
from tests.support.push_service import Browser, PushService, a_push_service

KEY = make_private_key()
EMAIL = "ais@rbl.example"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[PushService]:
    with a_push_service(tmp_path) as found:
        yield found


@dataclass
class Office:
    """The office, in which Aïsha has a login and a callback; `runs` sends what is due during these seconds."""

    at_work: CallbackOffice
    dispatcher: Dispatcher
    callback_id: int = 0

    def chooses(self, **ways: bool) -> None:
        with self.at_work.sessions.begin() as session:
            for way, enabled in ways.items():
                choose_way(session, "AIS", way, enabled)

    def device(self, service: PushService, path: str, browser: Browser) -> int:
        with self.at_work.sessions.begin() as session:
            user = session.scalars(select(User).where(User.email == EMAIL)).one()
            endpoint = service.address + path
            made = switch_on(
                session,
                self.at_work.clock.now(),
                user.id,
                name="Chrome, Android",
                endpoint=endpoint,
                p256dh=browser.p256dh,
                auth=browser.auth,
            )
            return made.id

    def is_told(self) -> None:
        self.callback_id = self.at_work.missed_call()
        self.at_work.clock.advance(60)
        self.at_work.look()
        self.runs(5)

    def runs(self, seconds: float) -> None:
        for _ in range(int(seconds // 5) or 1):
            self.dispatcher.run_due()
            self.at_work.twilio.run_for(5)
        self.dispatcher.run_due()

    def orders(self) -> list[tuple[str, str, str | None]]:
        with self.at_work.sessions() as session:
            found = select(OutboxMessage.kind, OutboxMessage.state, OutboxMessage.error).order_by(OutboxMessage.id)
            return [tuple(row) for row in session.execute(found)]  # type: ignore[misc]

    def devices(self) -> list[int]:
        with self.at_work.sessions() as session:
            return list(session.scalars(select(PushDevice.id)))

    def texts(self) -> list[str]:
        return [body for _, body in self.at_work.mobile().texts]


def an_office(engine: Engine, clock: VirtualClock, service: PushService, is_allowed: Callable[[str], bool]) -> Office:
    at_work = CallbackOffice(engine, clock)
    with at_work.sessions.begin() as session:
        session.add(User(email=EMAIL, role="consultant", consultant="AIS", created_at=clock.now(), failed_logins=0))
    door = PushDoor(KEY, f"mailto:{EMAIL}", clock, is_allowed=is_allowed, authority=service.authority)
    push = PushMessage(door, After(is_true, told, not_told, lead_not_told), Lead("nl", BASE, 0))
    effects = {**all_effects(at_work.office, at_work.twilio_api), "notify_push": push}
    dispatcher = Dispatcher(at_work.sessions, clock, effects, at_work.office.totals, lambda: None)
    at_work.dispatcher = dispatcher
    return Office(at_work, dispatcher)


@pytest.fixture
def office(sqlite_engine: Engine, clock: VirtualClock, service: PushService) -> Office:
    return an_office(sqlite_engine, clock, service, lambda _: True)  # the service of the test is on this machine


def test_the_browser_alone_reads_it_and_it_names_nobody(office: Office, service: PushService) -> None:
    browser = Browser()
    office.device(service, "/mine", browser)
    office.chooses(push=True, text=False)
    office.is_told()
    ((path, headers, body),) = service.got
    assert path == "/mine"
    message = browser.read(body)
    assert message["path"] == f"/mijn/terugbellen/{office.callback_id}"
    assert message["body"].startswith("Nieuw terugbelverzoek, bellen vóór")
    assert set(message) == {"title", "body", "path", "tag"}
    assert b"terugbel" not in body
    assert (headers["content-encoding"], headers["topic"]) == ("aes128gcm", message["tag"])
    assert 0 < int(headers["ttl"]) <= 4 * 3600
    assert service.signed_by(headers, public_key_of(KEY))
    assert office.texts() == []
    assert [kind for kind, state, _ in office.orders() if state == "done"] == ["notify_push"]


def test_a_service_that_is_down_gets_it_later_and_once(office: Office, service: PushService) -> None:
    office.device(service, "/mine", Browser())
    office.chooses(push=True, text=False)
    service.status["/mine"] = 503
    office.is_told()
    tried = len(service.got)
    assert tried >= 1
    service.status.clear()
    office.runs(200)
    assert len(service.got) > tried
    assert office.orders() == [("notify_push", "done", office.orders()[0][2])]
    assert office.texts() == []


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_removed_and_a_text_comes_instead(
    office: Office, service: PushService, status: int
) -> None:
    office.device(service, "/gone", Browser())
    office.chooses(push=True, text=False)
    service.status["/gone"] = status
    office.is_told()
    assert office.devices() == []
    assert len(office.texts()) == 1
    assert office.at_work.callback(office.callback_id).untold_at is None
    office.at_work.look()
    office.runs(60)
    assert len(office.texts()) == 1


def test_of_two_browsers_one_is_enough(office: Office, service: PushService) -> None:
    office.device(service, "/gone", Browser())
    left = office.device(service, "/here", Browser())
    office.chooses(push=True, text=False)
    service.status["/gone"] = 410
    office.is_told()
    assert office.devices() == [left]
    assert office.texts() == []


def test_who_chose_both_gets_both_and_a_refused_push_changes_nothing(office: Office, service: PushService) -> None:
    office.device(service, "/mine", Browser())
    office.chooses(push=True)
    service.status["/mine"] = 403  # signed with other keys than it subscribed to
    office.is_told()
    assert len(office.texts()) == 1
    assert sorted((kind, state) for kind, state, _ in office.orders()) == [
        ("notify_push", "failed"),
        ("notify_sms", "done"),
    ]


def test_without_a_browser_or_a_mail_server_a_text_comes_though_it_was_switched_off(
    office: Office, service: PushService
) -> None:
    office.chooses(push=True, text=False, mail=True)
    office.is_told()
    assert len(office.texts()) == 1


def test_a_login_that_is_taken_away_gets_none(office: Office, service: PushService) -> None:
    office.device(service, "/mine", Browser())
    office.chooses(push=True, text=False)
    with office.at_work.sessions.begin() as session:
        take_away(session, office.at_work.clock.now(), EMAIL)
    assert office.devices() == []
    office.is_told()
    assert (service.got, len(office.texts())) == ([], 1)


def test_no_address_of_our_own_network_is_called(
    sqlite_engine: Engine, clock: VirtualClock, service: PushService
) -> None:
    office = an_office(sqlite_engine, clock, service, is_public)
    office.device(service, "/mine", Browser())
    office.chooses(push=True, text=False)
    office.is_told()
    assert service.got == []
    assert office.orders()[0] == ("notify_push", "failed", "address")
    assert len(office.texts()) == 1
