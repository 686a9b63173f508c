"""Logins, their passwords and the lock after wrong passwords."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker

from callcenter.access.lockout import LONGEST_LOCK_S, lock_s
from callcenter.access.logins import log_in
from callcenter.access.passwords import make_password, matches
from callcenter.access.users import add_user, all_users, disable_user, enable_user, set_password
from callcenter.clock import VirtualClock
from callcenter.errors import InvalidInput, NotFound

PASSWORD = "een-lang-genoeg-wachtwoord"


def test_a_login_works_whatever_the_case_of_its_address(sessions: sessionmaker[Session], clock: VirtualClock) -> None:
    with sessions.begin() as session:
        user = add_user(session, clock.now(), " Els@RBL.example ", "lead", PASSWORD)
        assert user.email == "els@rbl.example"
    assert log_in(sessions, clock.now(), "ELS@rbl.example", PASSWORD).user_id == user.id
    assert log_in(sessions, clock.now(), "els@rbl.example", PASSWORD.upper()).user_id is None


def test_what_cannot_be_a_login_is_refused_by_field(sessions: sessionmaker[Session], clock: VirtualClock) -> None:
    with sessions.begin() as session:
        add_user(session, clock.now(), "els@rbl.example", "lead", PASSWORD)
    for email, role, password, code, field in (
        ("els@rbl.example", "lead", PASSWORD, None, "email"),
        ("els", "lead", PASSWORD, None, "email"),
        ("a@b.example", "chef", PASSWORD, None, "role"),
        ("a@b.example", "consultant", PASSWORD, None, "consultant"),
        ("a@b.example", "lead", "kort", None, "password"),
    ):
        with sessions() as session, pytest.raises(InvalidInput) as refused:
            add_user(session, clock.now(), email, role, password, code)
        assert refused.value.field == field


def test_the_lock_opens_by_itself_and_a_right_password_starts_anew(
    sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    with sessions.begin() as session:
        add_user(session, clock.now(), "els@rbl.example", "lead", PASSWORD)
    tries = [log_in(sessions, clock.now(), "els@rbl.example", "wrong") for _ in range(5)]
    assert tries[3].locked_until is None
    assert tries[4].locked_until == clock.now() + timedelta(seconds=60)
    assert log_in(sessions, clock.now(), "els@rbl.example", PASSWORD).user_id is None
    clock.advance(60)
    assert log_in(sessions, clock.now(), "els@rbl.example", PASSWORD).user_id is not None
    assert log_in(sessions, clock.now(), "els@rbl.example", "wrong").locked_until is None


def test_a_disabled_login_does_not_work_until_it_is_given_back(
    sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    with sessions.begin() as session:
        add_user(session, clock.now(), "els@rbl.example", "lead", PASSWORD)
        disable_user(session, clock.now(), "Els@rbl.example")
    assert log_in(sessions, clock.now(), "els@rbl.example", PASSWORD).user_id is None
    with sessions.begin() as session:
        enable_user(session, "els@rbl.example")
        set_password(session, "els@rbl.example", "een-nieuw-wachtwoord")
        assert [user.email for user in all_users(session)] == ["els@rbl.example"]
    assert log_in(sessions, clock.now(), "els@rbl.example", "een-nieuw-wachtwoord").user_id is not None
    with sessions() as session, pytest.raises(NotFound):
        disable_user(session, clock.now(), "niemand@rbl.example")


def test_nobody_matches_without_a_stored_hash() -> None:
    assert not matches("", None)
    assert not matches("x", "not a hash")


def test_a_made_password_can_be_read_out_and_no_two_are_alike() -> None:
    made = {make_password() for _ in range(50)}
    assert len(made) == 50
    assert all(len(one) == 19 and not set(one) & set("01ilo") for one in made)


@given(st.integers(min_value=0, max_value=10_000))
def test_the_lock_grows_and_never_exceeds_an_hour(failures: int) -> None:
    assert 0 <= lock_s(failures) <= lock_s(failures + 1) <= LONGEST_LOCK_S
