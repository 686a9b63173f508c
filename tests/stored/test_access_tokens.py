"""Tokens and calendar addresses, of which only hashes are stored."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.access import calendar_addresses, tokens
from callcenter.access.records import ApiToken, CalendarAddress
from callcenter.clock import VirtualClock
from callcenter.errors import InvalidInput, NotFound


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
