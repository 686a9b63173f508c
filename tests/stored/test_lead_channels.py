"""The team lead gets each message once, from channels that are slow, refuse, break off or are down. Real servers."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session, sessionmaker

from callcenter.clock import VirtualClock
from callcenter.notify.channels import to_lead
from callcenter.notify.effects import LEAD_AT_ONCE, effects
from callcenter.notify.message import After
from callcenter.notify.untold import untold
from callcenter.storage.engine import make_sessions
from callcenter.storage.totals import PendingTotals
from callcenter.telephony.dispatcher import Dispatcher
from callcenter.telephony.outbox import enqueue
from callcenter.telephony.records import OutboxMessage
from tests.support.racing import race
from tests.support.slow_channels import MailServer, WebHook, a_mail_server, a_web_hook
from tests.support.waiting import wait_until

Sessions = sessionmaker[Session]
BODY = "Te laat sinds 11.00 uur"
AGAIN = f"(Mogelijk dubbel) {BODY}"
# Nothing listens there.
DOWN = "json://127.0.0.1:9/"


@pytest.fixture
def hook() -> Iterator[WebHook]:
    with a_web_hook() as found:
        yield found


@pytest.fixture
def other_hook() -> Iterator[WebHook]:
    with a_web_hook() as found:
        yield found


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with a_mail_server() as found:
        yield found


class Channels:
    """One host with the team lead's channels. not_told: the callbacks that were to be reported again, and when."""

    def __init__(self, sessions: Sessions, clock: VirtualClock, *addresses: str) -> None:
        self.sessions, self.clock = sessions, clock
        self.again: list[tuple[Any, float]] = []
        self._began = clock.now()
        self._addresses = addresses
        self.dispatcher = self.another_host()

    def another_host(self) -> Dispatcher:
        def told(_session: Session, order: OutboxMessage, now: Any) -> None:
            self.again.append((order.payload["callback_ids"], (now - self._began).total_seconds()))

        self.kinds = effects(
            cast(Any, None),
            [SecretStr(address) for address in self._addresses],
            After(lambda *_: True, lambda *_: None, lambda *_, **__: False, told),
            locale="nl",
            public_url="https://rbl.example",
        )
        return Dispatcher(self.sessions, self.clock, self.kinds, PendingTotals(), lambda: None)

    def order(self, key: str = "lead", *, expires_in_s: float = 4 * 3600.0) -> None:
        with self.sessions.begin() as session:
            enqueue(
                session,
                self.clock.now(),
                *to_lead(
                    body=BODY,
                    channels=len(self._addresses),
                    dedupe_key=key,
                    callback_ids=[7],
                    expires_in_s=expires_in_s,
                ),
            )

    def live(self, seconds: float, step_s: float = 30) -> None:
        for _ in range(int(seconds / step_s)):
            self.dispatcher.run_due()
            self.clock.advance(step_s)
        self.dispatcher.run_due()

    def states(self) -> list[str]:
        with self.sessions() as session:
            found = select(OutboxMessage.state).where(OutboxMessage.kind == "notify_lead").order_by(OutboxMessage.id)
            return list(session.scalars(found))

    def untold(self) -> int:
        with self.sessions() as session:
            return untold(session, self.clock.now())["notify_lead"]


Make = Callable[..., Channels]


@pytest.fixture
def channels(sessions: Sessions, clock: VirtualClock) -> Make:
    """An office with these addresses, on both databases."""
    return lambda *addresses: Channels(sessions, clock, *addresses)


def test_a_post_that_is_answered_after_five_seconds_is_one_message(
    sqlite_sessions: Sessions, clock: VirtualClock, hook: WebHook
) -> None:
    hook.answers_after_s = 5.0  # Apprise itself would wait for four, and call it failed
    lead = Channels(sqlite_sessions, clock, hook.url)
    lead.order()
    lead.live(3600)
    assert hook.got == [BODY]
    assert lead.states() == ["done"]


def in_a_thread(host: Dispatcher, meanwhile: Callable[[], None]) -> None:
    """Let this host carry out what is due in threads, do something meanwhile, and record what it finished."""
    with ThreadPoolExecutor(4) as executor:
        host.run_in_threads(executor, 4)
        meanwhile()
    host.record_finished()


def test_a_mail_server_that_is_slow_at_each_command_gets_one_mail(channels: Make, mail: MailServer) -> None:
    lead = channels(mail.url)
    other = lead.another_host()
    mail.refuses["RCPT"] = "451 later"
    lead.order()
    lead.dispatcher.run_due()
    assert lead.states() == ["queued"]
    lead.clock.advance(5)
    mail.gate.close()

    def slowly() -> None:
        for _ in range(6):  # greeting, EHLO, MAIL, RCPT, DATA and the mail
            mail.gate.wait()
            lead.clock.advance(60)
            assert other.run_due() == 0
            mail.gate.let_go()
        mail.gate.wait()
        mail.gate.open()

    in_a_thread(lead.dispatcher, slowly)
    lead.live(3600)
    assert len(mail.mails) == 1
    assert lead.states() == ["done"]


def test_a_mail_that_a_server_refuses_for_good_is_not_sent_again(channels: Make, mail: MailServer) -> None:
    lead = channels(mail.url)
    mail.refuses["RCPT"] = "550 no such mailbox"
    lead.order()
    lead.live(600)
    assert (mail.mails, lead.states(), lead.untold()) == ([], ["failed"], 1)


def test_a_mail_that_was_sent_and_never_answered_is_sent_once_more_with_words(channels: Make, mail: MailServer) -> None:
    lead = channels(mail.url)
    mail.breaks_off_after = "DATA"
    lead.order()
    lead.live(3600)
    assert len(mail.mails) == 2
    assert ["Mogelijk dubbel" in text for text in mail.mails] == [False, True]
    assert lead.states() == ["failed"]


def test_a_channel_that_was_down_for_an_hour_gets_the_message_when_it_is_back(channels: Make, hook: WebHook) -> None:
    lead = channels(hook.url)
    hook.always = 429
    lead.order()
    lead.live(3600)
    assert lead.untold() == 1  # seen while it fails, not only when it was given up
    hook.got.clear()
    hook.always = 200
    lead.live(660)
    assert hook.got == [BODY]
    assert (lead.states(), lead.untold(), lead.again) == (["done"], 0, [])


def test_a_gateway_that_answers_an_error_is_asked_once_more_with_words(channels: Make, hook: WebHook) -> None:
    lead = channels(hook.url)
    hook.always = 502
    lead.order()
    lead.live(3600)
    assert hook.got == [BODY, AGAIN]
    assert lead.states() == ["failed"]


def test_what_one_channel_may_have_taken_needs_nothing_more_when_another_took_it(
    channels: Make, hook: WebHook, other_hook: WebHook
) -> None:
    lead = channels(hook.url, other_hook.url)
    hook.hangs_up = True
    lead.order()
    lead.live(3600)
    assert (hook.got, other_hook.got) == ([BODY], [BODY])
    assert (lead.states(), lead.untold(), lead.again) == (["failed", "done"], 0, [])


@pytest.mark.parametrize("refuses_first", [False, True])
def test_it_is_asked_once_more_when_every_other_channel_failed_for_good(
    channels: Make, hook: WebHook, other_hook: WebHook, refuses_first: bool
) -> None:
    addresses = [hook.url, other_hook.url]
    lead = channels(*(reversed(addresses) if refuses_first else addresses))
    hook.hangs_up = True
    other_hook.always = 410
    lead.order()
    lead.live(50)
    hook.hangs_up = False
    lead.live(3600)
    assert (hook.got, other_hook.got) == ([BODY, AGAIN], [BODY])
    assert sorted(lead.states()) == ["done", "failed"]
    assert (lead.untold(), lead.again) == (0, [])


def test_two_channels_that_break_off_at_the_same_time_on_two_hosts_are_not_forgotten(
    channels: Make, hook: WebHook, other_hook: WebHook
) -> None:
    lead = channels(hook.url, other_hook.url)
    hosts = lead.dispatcher, lead.another_host()
    for one in (hook, other_hook):
        one.hangs_up = True
        one.gate.close()
    lead.order()
    with ThreadPoolExecutor(2) as threads:
        hosts[0].run_in_threads(threads, 1)  # each host takes one of the two
        hosts[1].run_in_threads(threads, 1)
        for one in (hook, other_hook):
            one.gate.wait()
            one.gate.open()
    race(hosts[0].record_finished, hosts[1].record_finished)
    assert sorted(lead.states()) == ["failed", "queued"]
    lead.live(3600)
    assert sorted(hook.got + other_hook.got) == sorted([BODY, BODY, AGAIN])


def test_the_second_of_two_hosts_sees_what_the_first_is_about_to_close(
    postgresql_url: str, open_engine: Callable[[str], Engine], clock: VirtualClock
) -> None:
    engine = open_engine(postgresql_url)
    lead = Channels(make_sessions(engine), clock, DOWN, DOWN)
    lead.order()

    def fail(session: Session, channel: int) -> None:
        order = session.scalars(select(OutboxMessage).where(OutboxMessage.dedupe_key == f"lead:{channel}")).one()
        order.state, order.done_at = "failed", clock.now()
        session.flush()
        lead.kinds["notify_lead"].record_failure(session, order, "http 404", clock.now())

    def second() -> None:
        with lead.sessions.begin() as session:
            fail(session, 1)

    waits = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")

    def held() -> int | None:
        with engine.connect() as connection:  # each transaction sees one state of the server
            return cast("int | None", connection.scalar(waits))

    with ThreadPoolExecutor(1) as threads:
        with lead.sessions.begin() as first:
            fail(first, 0)
            other = threads.submit(second)
            wait_until(lambda: other.done() or held(), "the second host")
        other.result(timeout=30)
    assert lead.untold() == 1


def test_callbacks_are_reported_again_when_their_message_expired_on_every_channel(channels: Make) -> None:
    lead = channels(DOWN, DOWN.replace("9", "10"))
    lead.order(expires_in_s=1800)
    lead.live(1740)
    assert lead.again == []
    lead.live(120)
    assert [ids for ids, _ in lead.again] == [[7]]
    assert lead.states() == ["failed", "failed"]
    assert lead.untold() == 1


def test_a_channel_that_refuses_for_good_brings_them_back_no_sooner_than_the_message_expires(
    channels: Make, hook: WebHook
) -> None:
    lead = channels(hook.url)
    hook.always = 404
    lead.order(expires_in_s=1800)
    lead.live(1740)
    assert (lead.states(), lead.untold(), lead.again) == (["failed"], 1, [])
    lead.live(120)
    assert [ids for ids, _ in lead.again] == [[7]]
    assert lead.again[0][1] >= 1800
    assert hook.got == [BODY]


def test_a_worker_that_dies_while_it_sends_leaves_one_question_and_no_more(channels: Make, hook: WebHook) -> None:
    lead = channels(hook.url)
    hook.gate.close()
    lead.order()
    with ThreadPoolExecutor(1) as threads:
        lead.dispatcher.run_in_threads(threads, 1)  # never recorded, as by a worker that dies
        hook.gate.wait()
        hook.gate.open()
    survivor = lead.another_host()
    lead.clock.advance(599)
    assert survivor.run_due() == 0
    lead.clock.advance(2)
    assert survivor.run_due() == 0
    lead.clock.advance(60)
    assert survivor.run_due() == 1
    assert hook.got == [BODY, AGAIN]


def test_a_late_word_that_it_was_sent_stops_the_question(channels: Make, hook: WebHook) -> None:
    lead = channels(hook.url)
    hook.gate.close()
    lead.order()
    survivor = lead.another_host()
    with ThreadPoolExecutor(1) as threads:
        lead.dispatcher.run_in_threads(threads, 1)
        hook.gate.wait()
        lead.clock.advance(601)
        survivor.run_due()
        assert lead.states() == ["queued"]
        hook.gate.open()
    lead.dispatcher.record_finished()
    assert lead.states() == ["done"]
    lead.clock.advance(3600)
    survivor.run_due()
    assert hook.got == [BODY]


def test_slow_channels_leave_threads_to_the_orders_for_twilio(channels: Make, hook: WebHook) -> None:
    lead = channels(hook.url)
    hook.gate.close()
    for n in range(10):
        lead.order(f"lead {n}")
    with ThreadPoolExecutor(16) as threads:
        for _ in range(3):
            lead.dispatcher.run_in_threads(threads, 16)
        assert lead.states().count("taken") == LEAD_AT_ONCE
        for _ in range(LEAD_AT_ONCE):
            hook.gate.wait()
        hook.gate.open()
        for _ in range(LEAD_AT_ONCE):
            hook.gate.let_go()
    lead.dispatcher.record_finished()
    lead.live(60)
    assert lead.states() == ["done"] * 10
    assert hook.got == [BODY] * 10


def test_nothing_of_an_address_reaches_the_log(channels: Make, caplog: pytest.LogCaptureFixture) -> None:
    addresses: Sequence[str] = (
        "json://geheim1:geheim2@127.0.0.1:9/geheim3",
        "mailto://geheim4:geheim5@127.0.0.1:9?from=a@example.nl&to=geheim6@example.nl&mode=insecure",
        "msteams://geheim7",
    )
    with caplog.at_level(1):
        lead = channels(*addresses)
        lead.order(expires_in_s=60)
        lead.live(120)
    assert "geheim" not in caplog.text
    with lead.sessions() as session:
        errors = list(session.scalars(select(OutboxMessage.error).order_by(OutboxMessage.id)))[:3]
    assert errors == ["connect", "connect", "address not understood"]
    assert threading.active_count() < 50
