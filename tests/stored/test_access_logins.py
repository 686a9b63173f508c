"""Logins, their passwords and the limits of wrong ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.access.allowances import forget, take
from callcenter.access.audit import latest
from callcenter.access.hash_slots import HashSlots, TooBusy
from callcenter.access.known_browsers import forget_browsers, knows, remember
from callcenter.access.lockout import ACCOUNT, SOURCE, Limit
from callcenter.access.logins import Attempt, log_in, waiting_until
from callcenter.access.own_password import WrongPassword, change_password
from callcenter.access.passwords import make_password, matches
from callcenter.access.records import AuditEvent, AuditTally, LoginAllowance
from callcenter.access.sessions import begin_session, end_sessions, find_session
from callcenter.access.sources import typed_key, user_key
from callcenter.access.tallies import MOST_SOURCES, tally
from callcenter.access.users import add_user, all_users, disable_user, enable_user, set_password, unlock_user
from callcenter.clock import VirtualClock
from callcenter.errors import InvalidInput, NotFound
from callcenter.storage.engine import make_engine, make_sessions
from tests.support.askers import KEY, a_cheap_login, an_asker
from tests.support.racing import race

PASSWORD = "een-lang-genoeg-wachtwoord"


def test_a_login_works_whatever_the_case_of_its_address(sessions: sessionmaker[Session], clock: VirtualClock) -> None:
    with sessions.begin() as session:
        user = add_user(session, clock.now(), " Els@RBL.example ", "lead", PASSWORD)
        assert user.email == "els@rbl.example"
    assert log_in(sessions, clock.now(), "ELS@rbl.example", PASSWORD, an_asker()).user_id == user.id
    assert log_in(sessions, clock.now(), "els@rbl.example", PASSWORD.upper(), an_asker()).user_id is None


def test_what_cannot_be_a_login_is_refused_by_field(sessions: sessionmaker[Session], clock: VirtualClock) -> None:
    with sessions.begin() as session:
        add_user(session, clock.now(), "els@rbl.example", "lead", PASSWORD)
    for email, role, password, code, field in (
        ("els@rbl.example", "lead", PASSWORD, None, "email"),
        ("els", "lead", PASSWORD, None, "email"),
        ("a@b.example", "chef", PASSWORD, None, "role"),
        ("a@b.example", "consultant", PASSWORD, None, "consultant"),
        ("a@b.example", "lead", "kort", None, "password"),
        ("a@b.example", "lead", "x7-Kq" * 41, None, "password"),
        ("a@b.example", "lead", "welkom123456", None, "password"),
    ):
        with sessions() as session, pytest.raises(InvalidInput) as refused:
            add_user(session, clock.now(), email, role, password, code)
        assert refused.value.field == field


@contextmanager
def closing_engine(engine: Engine) -> Iterator[Engine]:
    yield engine
    engine.dispose()


def tries(sessions: sessionmaker[Session], clock: VirtualClock, email: str, address: str = "192.0.2.7") -> Attempt:
    return log_in(sessions, clock.now(), email, "wrong", an_asker(address))


@contextmanager
def statements_of(sessions: sessionmaker[Session]) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(sessions.kw["bind"], "before_cursor_execute", note)
    yield sent
    event.remove(sessions.kw["bind"], "before_cursor_execute", note)


def use_up(sessions: sessionmaker[Session], clock: VirtualClock, key: str, limit: Limit, but: int = 0) -> None:
    """Take all attempts of a limit, except some."""
    with sessions.begin() as session:
        for _ in range(limit.burst - but):
            assert take(session, key, limit, clock.now()) is None


def source(address: str = "192.0.2.7") -> str:
    return an_asker(address).source


def test_five_wrong_passwords_lock_a_login_until_one_attempt_comes_back(
    sqlite_sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    sessions = sqlite_sessions
    with sessions.begin() as session:
        a_cheap_login(session, clock.now(), "els@rbl.example", "lead", PASSWORD)
    again_at = clock.now() + timedelta(minutes=10)
    assert [tries(sessions, clock, "els@rbl.example").again_at for _ in range(5)] == [None] * 4 + [again_at]
    refused = log_in(sessions, clock.now(), "els@rbl.example", PASSWORD, an_asker())
    assert refused == Attempt(None, again_at)
    clock.advance(600)
    assert log_in(sessions, clock.now(), "els@rbl.example", PASSWORD, an_asker()).user_id is not None
    # A right password starts anew: four more wrong ones are still not the last.
    assert [tries(sessions, clock, "els@rbl.example").again_at for _ in range(4)] == [None] * 4


def test_addresses_with_and_without_a_login_are_locked_alike(
    sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    with sessions.begin() as session:
        els = a_cheap_login(session, clock.now(), "els@rbl.example", "lead", PASSWORD)
        a_cheap_login(session, clock.now(), "gone@rbl.example", "lead", PASSWORD)
        disable_user(session, clock.now(), "gone@rbl.example")
    use_up(sessions, clock, user_key(els.id), ACCOUNT, but=1)
    strangers = ("gone@rbl.example", "nobody@rbl.example", "\0" + "x" * 70_000)
    for email in strangers:
        use_up(sessions, clock, typed_key(KEY, email), ACCOUNT, but=1)
    answers = {email: [tries(sessions, clock, email) for _ in range(2)] for email in ("els@rbl.example", *strangers)}
    assert answers == dict.fromkeys(answers, [Attempt(None, clock.now() + timedelta(minutes=10))] * 2)
    with sessions() as session:
        assert not any("rbl" in key for key in session.scalars(select(LoginAllowance.key)))


def test_known_and_unknown_addresses_take_the_same_work(sessions: sessionmaker[Session], clock: VirtualClock) -> None:
    with sessions.begin() as session:
        els = a_cheap_login(session, clock.now(), "els@rbl.example", "lead", PASSWORD)
        a_cheap_login(session, clock.now(), "gone@rbl.example", "lead", PASSWORD)
        disable_user(session, clock.now(), "gone@rbl.example")
    keys = {
        "els@rbl.example": user_key(els.id),
        "gone@rbl.example": typed_key(KEY, "gone@rbl.example"),
        "nobody@rbl.example": typed_key(KEY, "nobody@rbl.example"),
    }

    def work(email: str) -> list[str]:
        """The statements of one attempt, by their first words."""
        with statements_of(sessions) as sent:
            tries(sessions, clock, email)
        return [" ".join(statement.split()[:3]) for statement in sent]

    # Each has had an attempt before, in this hour.
    use_up(sessions, clock, source(), SOURCE, but=15)
    for key in keys.values():
        use_up(sessions, clock, key, ACCOUNT, but=4)
    with sessions.begin() as session:
        for key in (source(), user_key(els.id), "typed:any"):
            tally(session, clock.now(), key, "somebody", "login_failed", "log-in", tries=1)
    assert len({tuple(work(email)) for email in keys}) == 1
    for key in keys.values():
        use_up(sessions, clock, key, ACCOUNT, but=2)
    locked = {tuple(work(email)) for email in keys}
    assert len(locked) == 1
    assert len(locked.pop()) > 8


def test_a_known_browser_passes_the_limits_that_strangers_used_up(
    sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    with sessions.begin() as session:
        els = a_cheap_login(session, clock.now(), "els@rbl.example", "lead", PASSWORD)
        bas = a_cheap_login(session, clock.now(), "bas@rbl.example", "lead", PASSWORD)
        known = remember(session, clock.now(), els.id, None)
    for key, limit in ((user_key(els.id), ACCOUNT), (user_key(bas.id), ACCOUNT), (source(), SOURCE)):
        use_up(sessions, clock, key, limit)
    own = an_asker(browser=known)
    assert log_in(sessions, clock.now(), "els@rbl.example", PASSWORD, an_asker()).user_id is None
    assert log_in(sessions, clock.now(), "els@rbl.example", PASSWORD, own).user_id == els.id
    # It is known for Els, not for Bas; and another secret is not known at all.
    assert log_in(sessions, clock.now(), "bas@rbl.example", PASSWORD, own).user_id is None
    assert log_in(sessions, clock.now(), "els@rbl.example", PASSWORD, an_asker(browser="x")).user_id is None
    with sessions.begin() as session:
        forget_browsers(session, els.id)
    assert log_in(sessions, clock.now(), "els@rbl.example", PASSWORD, own).user_id is None


def test_the_secret_of_a_browser_changes_with_each_log_in(sessions: sessionmaker[Session], clock: VirtualClock) -> None:
    with sessions.begin() as session:
        els = a_cheap_login(session, clock.now(), "els@rbl.example", "lead", PASSWORD)
        bas = a_cheap_login(session, clock.now(), "bas@rbl.example", "lead", PASSWORD)
        planted = remember(session, clock.now(), els.id, None)
        now_known = remember(session, clock.now(), bas.id, planted)
        forged = remember(session, clock.now(), bas.id, "chosen by a stranger")
        secrets = (planted, now_known, forged, "chosen by a stranger")
        found = [[knows(session, clock.now(), one.id, secret) for one in (els, bas)] for secret in secrets]
    assert found == [[False, False], [True, True], [False, True], [False, False]]


def test_a_known_browser_has_a_limit_of_its_own(sqlite_sessions: sessionmaker[Session], clock: VirtualClock) -> None:
    with sqlite_sessions.begin() as session:
        els = a_cheap_login(session, clock.now(), "els@rbl.example", "lead", PASSWORD)
        own = an_asker(browser=remember(session, clock.now(), els.id, None))
    use_up(sqlite_sessions, clock, user_key(els.id), ACCOUNT)
    tried = [log_in(sqlite_sessions, clock.now(), "els@rbl.example", "wrong", own) for _ in range(10)]
    assert {attempt.user_id for attempt in tried} == {None}
    assert log_in(sqlite_sessions, clock.now(), "els@rbl.example", PASSWORD, own).user_id is None
    clock.advance(300)
    assert log_in(sqlite_sessions, clock.now(), "els@rbl.example", PASSWORD, own).user_id == els.id


def test_one_source_gets_twenty_attempts_at_all_logins_together(
    sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    with sessions.begin() as session:
        els = a_cheap_login(session, clock.now(), "els@rbl.example", "lead", PASSWORD)
    use_up(sessions, clock, source("2001:db8::1"), SOURCE, but=1)
    found = [tries(sessions, clock, f"{n}@rbl.example", "2001:db8::1").again_at for n in range(2)]
    assert found == [clock.now() + timedelta(minutes=3)] * 2
    assert log_in(sessions, clock.now(), "els@rbl.example", PASSWORD, an_asker("2001:db8::2")).user_id is None
    assert log_in(sessions, clock.now(), "els@rbl.example", PASSWORD, an_asker("192.0.2.1")).user_id == els.id


def test_a_source_without_attempts_takes_no_turn_from_others(
    sessions: sessionmaker[Session], clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sessions.begin() as session:
        els = a_cheap_login(session, clock.now(), "els@rbl.example", "lead", PASSWORD)
        known = remember(session, clock.now(), els.id, None)
    use_up(sessions, clock, source(), SOURCE)
    busy = HashSlots(at_once=1, waiting=0)
    monkeypatch.setattr("callcenter.access.logins.slots", busy)
    with busy.turn():
        again_at = clock.now() + timedelta(minutes=3)
        for email in ("els@rbl.example", "nobody@rbl.example"):
            assert log_in(sessions, clock.now(), email, PASSWORD, an_asker()) == Attempt(None, again_at)
            with pytest.raises(TooBusy):
                log_in(sessions, clock.now(), email, PASSWORD, an_asker("192.0.2.1"))
        with pytest.raises(TooBusy):
            log_in(sessions, clock.now(), "els@rbl.example", PASSWORD, an_asker(browser=known))
    with sessions() as session:
        assert {"tries": 2, "refused": 2, "unknown": 1} in [event.detail for event in latest(session)]


def test_a_right_password_costs_the_source_nothing(sqlite_sessions: sessionmaker[Session], clock: VirtualClock) -> None:
    with sqlite_sessions.begin() as session:
        a_cheap_login(session, clock.now(), "els@rbl.example", "lead", PASSWORD)
    use_up(sqlite_sessions, clock, source(), SOURCE, but=1)
    for _ in range(3):
        assert log_in(sqlite_sessions, clock.now(), "els@rbl.example", PASSWORD, an_asker()).user_id is not None


def test_an_administrator_or_the_command_line_gives_the_attempts_back(
    sqlite_sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    with sqlite_sessions.begin() as session:
        els = a_cheap_login(session, clock.now(), "els@rbl.example", "lead", PASSWORD)
    use_up(sqlite_sessions, clock, user_key(els.id), ACCOUNT)
    with sqlite_sessions.begin() as session:
        assert waiting_until(session, clock.now()) == {els.id: clock.now() + timedelta(minutes=10)}
        unlock_user(session, "els@rbl.example")
        assert waiting_until(session, clock.now()) == {}
    assert log_in(sqlite_sessions, clock.now(), "els@rbl.example", PASSWORD, an_asker()).user_id == els.id


def test_two_hosts_at_once_give_no_more_attempts_than_the_limit(
    sessions: sessionmaker[Session], engine: Engine, clock: VirtualClock
) -> None:
    with closing_engine(make_engine(engine.url.render_as_string(hide_password=False))) as other:
        hosts = (sessions, make_sessions(other))

        def attempt(host: sessionmaker[Session]) -> bool:
            with host.begin() as session:
                return take(session, "typed:somebody", ACCOUNT, clock.now()) is None

        for _ in range(5):
            taken = race(*(partial(attempt, hosts[n % 2]) for n in range(16)))
            assert sum(taken) == ACCOUNT.burst
            with sessions.begin() as session:
                forget(session, "typed:somebody")


def test_wrong_passwords_are_counted_in_the_audit_log_by_the_hour(
    sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    with sessions.begin() as session:
        els = a_cheap_login(session, clock.now(), "els@rbl.example", "lead", PASSWORD)
    use_up(sessions, clock, source(), SOURCE, but=4)
    for n in range(5):
        tries(sessions, clock, "els@rbl.example" if n < 2 else f"stranger-{n}@rbl.example")
    clock.advance(3600)
    tries(sessions, clock, "els@rbl.example")
    with sessions() as session:
        rows = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
        found = [(row.actor.partition(" ")[0], row.action, row.subject, row.detail) for row in rows]
    assert found == [
        ("source", "login_failed", "log-in", {"tries": 5, "refused": 1, "unknown": 3}),
        ("els@rbl.example", "login_failed", f"user:{els.id}", {"tries": 2}),
        ("unknown", "login_failed", "log-in", {"tries": 3, "refused": 1}),
        ("source", "login_failed", "log-in", {"tries": 1}),
        ("els@rbl.example", "login_failed", f"user:{els.id}", {"tries": 1}),
    ]
    assert not any("stranger" in row.actor or "192.0.2.7" in row.actor for row in rows)


def test_counts_of_two_hosts_at_once_are_all_there(sessions: sessionmaker[Session], clock: VirtualClock) -> None:
    def count() -> None:
        with sessions.begin() as session:
            tally(session, clock.now(), "source:one", "source one", "login_failed", "log-in", tries=1)

    race(*[count] * 12)
    with sessions() as session:
        assert [row.detail for row in session.scalars(select(AuditEvent))] == [{"tries": 12}]


def test_an_attack_from_very_many_sources_does_not_fill_the_audit_log(
    sqlite_sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    with sqlite_sessions.begin() as session:
        hour = clock.now().replace(minute=0, second=0, microsecond=0)
        session.add_all(AuditTally(key=f"source:{n}", hour=hour, counts={}) for n in range(MOST_SOURCES))
    for n in range(2):
        tries(sqlite_sessions, clock, "nobody@rbl.example", f"198.51.100.{n}")
    with sqlite_sessions() as session:
        rows = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [(row.actor, row.detail["tries"]) for row in rows] == [("source others", 2), ("unknown addresses", 2)]


def test_a_session_that_ended_meanwhile_changes_no_password(
    sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    with sessions.begin() as session:
        els = a_cheap_login(session, clock.now(), "els@rbl.example", "lead", PASSWORD)
        secret = begin_session(session, clock.now(), els.id, stay=False, how="password")
        session.flush()
        own = find_session(session, clock.now(), secret)
    assert own is not None
    new = "fiets kaas regenjas"
    with sessions.begin() as session:
        end_sessions(session, els.id)
    with pytest.raises(WrongPassword):
        change_password(sessions, clock.now(), own, PASSWORD, new, None)
    assert log_in(sessions, clock.now(), "els@rbl.example", new, an_asker()).user_id is None


def test_a_disabled_login_does_not_work_until_it_is_given_back(
    sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    with sessions.begin() as session:
        add_user(session, clock.now(), "els@rbl.example", "lead", PASSWORD)
        disable_user(session, clock.now(), "Els@rbl.example")
    assert log_in(sessions, clock.now(), "els@rbl.example", PASSWORD, an_asker()).user_id is None
    with sessions.begin() as session:
        enable_user(session, "els@rbl.example")
        set_password(session, "els@rbl.example", "een-nieuw-wachtwoord")
        assert [user.email for user in all_users(session)] == ["els@rbl.example"]
    assert log_in(sessions, clock.now(), "els@rbl.example", "een-nieuw-wachtwoord", an_asker()).user_id is not None
    with sessions() as session, pytest.raises(NotFound):
        disable_user(session, clock.now(), "niemand@rbl.example")


def test_nobody_matches_without_a_stored_hash() -> None:
    assert not matches("", None)
    assert not matches("x", "not a hash")


def test_a_made_password_can_be_read_out_and_no_two_are_alike() -> None:
    made = {make_password() for _ in range(50)}
    assert len(made) == 50
    assert all(len(one) == 19 and not set(one) & set("01ilo") for one in made)
