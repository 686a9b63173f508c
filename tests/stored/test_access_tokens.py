"""Tokens and calendar addresses, of which only hashes are stored."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.access import calendar_addresses, tokens
from callcenter.access.known_browsers import knows, remember
from callcenter.access.records import ApiToken, CalendarAddress
from callcenter.access.sessions import begin_session, find_session
from callcenter.access.taking_away import take_away
from callcenter.access.users import add_user, enable_user
from callcenter.clock import VirtualClock
from callcenter.errors import InvalidInput, NotFound
from tests.support.racing import race


def test_a_token_tells_role_and_consultant_until_it_is_revoked(
    sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    with sessions.begin() as session:
        secret = tokens.create_token(session, clock.now(), "consultant", "ais", "telefoon")
    with sessions.begin() as session:
        found = tokens.authenticate(session, clock.now(), secret)
        assert found is not None
        assert (found.role, found.consultant, found.actor) == ("consultant", "AIS", "telefoon (token 1)")
        assert tokens.authenticate(session, clock.now(), secret + "x") is None
        tokens.revoke_token(session, clock.now(), tokens.all_tokens(session)[0].id)
    with sessions() as session:
        assert tokens.authenticate(session, clock.now(), secret) is None


def test_the_secrets_themselves_are_not_stored(sessions: sessionmaker[Session], clock: VirtualClock) -> None:
    with sessions.begin() as session:
        token = tokens.create_token(session, clock.now(), "lead")
        address = calendar_addresses.create_address(session, clock.now(), "AIS")
        stored = [*session.scalars(select(ApiToken.token_hash)), *session.scalars(select(CalendarAddress.token_hash))]
    assert token not in stored
    assert address not in stored


def test_a_consultants_token_needs_a_code_and_a_role_that_exists(
    sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    with sessions() as session:
        for role, code, field in (("consultant", None, "consultant"), ("boss", None, "role")):
            with pytest.raises(InvalidInput) as refused:
                tokens.create_token(session, clock.now(), role, code)
            assert refused.value.field == field
        with pytest.raises(NotFound):
            tokens.revoke_token(session, clock.now(), 7)


def test_a_token_is_made_for_nobody_whose_login_was_taken_away(
    sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    with sessions.begin() as session:
        els = add_user(session, clock.now(), "els@rbl.example", "lead", "een-lang-genoeg-wachtwoord")
        take_away(session, clock.now(), "els@rbl.example")
        for owner_id in (els.id, els.id + 1):
            with pytest.raises(InvalidInput, match="taken away"):
                tokens.create_token(session, clock.now(), "lead", owner_id=owner_id)


def test_a_new_calendar_address_replaces_the_former(sessions: sessionmaker[Session], clock: VirtualClock) -> None:
    with sessions.begin() as session:
        first = calendar_addresses.create_address(session, clock.now(), "AIS")
        second = calendar_addresses.create_address(session, clock.now(), "AIS")
    with sessions.begin() as session:
        assert calendar_addresses.consultant_of(session, first) is None
        assert calendar_addresses.consultant_of(session, second) == "AIS"
        assert calendar_addresses.address_created_at(session, "AIS") == clock.now()
        calendar_addresses.revoke_addresses(session, clock.now(), "AIS")
        assert calendar_addresses.consultant_of(session, second) is None


def test_two_valid_tokens_never_have_the_same_name(sessions: sessionmaker[Session], clock: VirtualClock) -> None:
    def create() -> bool:
        try:
            with sessions.begin() as session:
                tokens.create_token(session, clock.now(), "lead", name="grafana")
        except InvalidInput:
            return False
        return True

    assert sum(race(*[create] * 6)) == 1
    with sessions.begin() as session:
        tokens.revoke_token(session, clock.now(), 1)
    assert create()
    with sessions.begin() as session:
        for _ in range(3):
            tokens.create_token(session, clock.now(), "consultant", "ais")
        assert [token.name for token in tokens.all_tokens(session)][-3:] == ["AIS", "AIS 2", "AIS 3"]


def test_a_token_lasts_a_year_or_as_long_as_was_chosen(
    sqlite_sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    with sqlite_sessions.begin() as session:
        tokens.create_token(session, clock.now(), "lead")
        tokens.create_token(session, clock.now(), "lead", days=7)
        tokens.create_token(session, clock.now(), "lead", days=0)
        ends = [token.expires_at for token in tokens.all_tokens(session)]
        assert ends == [clock.now() + timedelta(days=365), clock.now() + timedelta(days=7), None]
        for days in (-1, 3651, 10**12):
            with pytest.raises(InvalidInput, match="valid for"):
                tokens.create_token(session, clock.now(), "lead", days=days)


def test_taking_a_login_away_ends_what_the_person_has_and_names_what_stays(
    sessions: sessionmaker[Session], clock: VirtualClock
) -> None:
    with sessions.begin() as session:
        now = clock.now()
        gone = add_user(session, now, "ais@rbl.example", "consultant", "een-lang-wachtwoord", "AIS")
        stays = add_user(session, now, "bra@rbl.example", "consultant", "een-ander-wachtwoord", "BRA")
        secrets = {
            "own": tokens.create_token(session, now, "lead", name="own", owner_id=gone.id),
            "code": tokens.create_token(session, now, "consultant", "ais"),
            "program": tokens.create_token(session, now, "lead", name="program", made_by_id=gone.id),
            "colleague": tokens.create_token(session, now, "consultant", "bra", made_by_id=gone.id),
        }
        calendar = calendar_addresses.create_address(session, now, "AIS")
        theirs = calendar_addresses.create_address(session, now, "BRA")
        pages = begin_session(session, now, gone.id, stay=True, how="password")
        other = begin_session(session, now, stays.id, stay=True, how="password")
        browser = remember(session, now, gone.id, None)
    with sessions.begin() as session:
        taken = take_away(session, now, "ais@rbl.example")
        assert (taken.revoked, taken.left) == (2, ("program",))
    with sessions() as session:
        valid = {name for name, secret in secrets.items() if tokens.authenticate(session, now, secret)}
        assert valid == {"program", "colleague"}
        assert calendar_addresses.consultant_of(session, calendar) is None
        assert calendar_addresses.consultant_of(session, theirs) == "BRA"
        assert find_session(session, now, pages) is None
        assert find_session(session, now, other) is not None
        assert not knows(session, now, gone.id, browser)
    with sessions.begin() as session:
        enable_user(session, "ais@rbl.example")
        assert find_session(session, now, pages) is None
        assert tokens.authenticate(session, now, secrets["own"]) is None
