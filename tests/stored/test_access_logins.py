"""Logins, their passwords and the limits of wrong ones."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.access.known_browsers import remember
from callcenter.access.logins import Attempt, log_in
from callcenter.access.passwords import make_password, matches
from callcenter.access.records import AuditEvent, AuditTally, LoginAllowance
from callcenter.access.tallies import MOST_SOURCES
from callcenter.access.users import add_user, all_users, disable_user, enable_user, set_password, unlock_user
from callcenter.clock import VirtualClock
from callcenter.errors import InvalidInput, NotFound
from tests.support.askers import an_asker

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


def tries(sessions: sessionmaker[Session], clock: VirtualClock, email: str, address: str = "192.0.2.7") -> Attempt:
    return log_in(sessions, clock.now(), email, "wrong", an_asker(address))


def test_five_wrong_passwords_lock_a_login_until_one_attempt_comes_back(
    sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    with sessions.begin() as session:
        add_user(session, clock.now(), "els@rbl.example", "lead", PASSWORD)
    assert [tries(sessions, clock, "els@rbl.example").again_at for _ in range(5)] == [None] * 5
    refused = log_in(sessions, clock.now(), "els@rbl.example", PASSWORD, an_asker())
    assert refused == Attempt(None, clock.now() + timedelta(minutes=10))
    clock.advance(600)
    assert log_in(sessions, clock.now(), "els@rbl.example", PASSWORD, an_asker()).user_id is not None
    # A right password starts anew.
    assert [tries(sessions, clock, "els@rbl.example").again_at for _ in range(5)] == [None] * 5


def test_addresses_with_and_without_a_login_are_locked_alike(
    sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    with sessions.begin() as session:
        add_user(session, clock.now(), "els@rbl.example", "lead", PASSWORD)
        add_user(session, clock.now(), "gone@rbl.example", "lead", PASSWORD)
        disable_user(session, clock.now(), "gone@rbl.example")
    addresses = ("els@rbl.example", "gone@rbl.example", "nobody@rbl.example", "", "\0", "x" * 70_000)
    answers = {
        email: [tries(sessions, clock, email, f"192.0.2.{n}") for _ in range(7)] for n, email in enumerate(addresses)
    }
    assert len({tuple(found) for found in answers.values()}) == 1
    with sessions() as session:
        assert not any("rbl" in key for key in session.scalars(select(LoginAllowance.key)))


def test_a_known_browser_passes_the_limits_that_strangers_used_up(
    sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    with sessions.begin() as session:
        els = add_user(session, clock.now(), "els@rbl.example", "lead", PASSWORD)
        bas = add_user(session, clock.now(), "bas@rbl.example", "lead", PASSWORD)
        known = remember(session, clock.now(), els.id, None)
    for n in range(30):  # from the own office, too
        tries(sessions, clock, "els@rbl.example" if n % 2 else "bas@rbl.example")
    own = an_asker(browser=known)
    assert log_in(sessions, clock.now(), "els@rbl.example", PASSWORD, an_asker()).user_id is None
    assert log_in(sessions, clock.now(), "els@rbl.example", PASSWORD, own).user_id == els.id
    # It is known for Els, not for Bas, whose account and source are locked.
    assert log_in(sessions, clock.now(), "bas@rbl.example", PASSWORD, own).user_id is None
    assert log_in(sessions, clock.now(), "bas@rbl.example", PASSWORD, an_asker(browser="x")).user_id is None
    # Ten wrong ones in it, then five by the account's limit, are the end there too.
    found = [log_in(sessions, clock.now(), "els@rbl.example", "wrong", an_asker("::1", known)) for _ in range(16)]
    assert [attempt.again_at is None for attempt in found] == [True] * 15 + [False]
    with sessions.begin() as session:
        assert bas.id != unlock_user(session, "els@rbl.example").id
    assert log_in(sessions, clock.now(), "els@rbl.example", PASSWORD, an_asker("::1")).user_id == els.id


def test_one_source_gets_twenty_attempts_at_all_logins_together(
    sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    with sessions.begin() as session:
        els = add_user(session, clock.now(), "els@rbl.example", "lead", PASSWORD)
    found = [tries(sessions, clock, f"{n}@rbl.example", "2001:db8::1") for n in range(21)]
    assert [attempt.again_at for attempt in found] == [None] * 20 + [clock.now() + timedelta(minutes=3)]
    assert log_in(sessions, clock.now(), "els@rbl.example", PASSWORD, an_asker("2001:db8::2")).user_id is None
    assert log_in(sessions, clock.now(), "els@rbl.example", PASSWORD, an_asker("192.0.2.1")).user_id == els.id


def test_attempts_at_a_locked_login_do_not_lengthen_the_wait(
    sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    first = [tries(sessions, clock, "els@rbl.example", f"192.0.2.{n}").again_at for n in range(60)]
    assert set(first) == {None, clock.now() + timedelta(minutes=10)}


def test_wrong_passwords_are_counted_in_the_audit_log_by_the_hour(
    sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    with sessions.begin() as session:
        els = add_user(session, clock.now(), "els@rbl.example", "lead", PASSWORD)
    for n in range(30):
        tries(sessions, clock, "els@rbl.example" if n < 4 else f"stranger-{n}@rbl.example")
    clock.advance(3600)
    tries(sessions, clock, "els@rbl.example")
    with sessions() as session:
        rows = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
        found = [(row.actor.partition(" ")[0], row.action, row.subject, row.detail) for row in rows]
    assert found == [
        ("source", "login_failed", "log-in", {"tries": 30, "refused": 10, "unknown": 26}),
        ("els@rbl.example", "login_failed", f"user:{els.id}", {"tries": 4}),
        ("unknown", "login_failed", "log-in", {"tries": 26, "refused": 10}),
        ("source", "login_failed", "log-in", {"tries": 1}),
        ("els@rbl.example", "login_failed", f"user:{els.id}", {"tries": 1}),
    ]
    assert not any("stranger" in row.actor or "192.0.2.7" in row.actor for row in rows)


def test_an_attack_from_very_many_sources_does_not_fill_the_audit_log(
    sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    with sessions.begin() as session:
        hour = clock.now().replace(minute=0, second=0, microsecond=0)
        session.add_all(AuditTally(key=f"source:{n}", hour=hour, counts={}) for n in range(MOST_SOURCES))
    for n in range(3):
        tries(sessions, clock, "nobody@rbl.example", f"198.51.100.{n}")
    with sessions() as session:
        rows = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [(row.actor, row.detail["tries"]) for row in rows] == [("source others", 3), ("unknown addresses", 3)]


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
