"""Fixtures of the tests of stored callbacks: the small office on a Tuesday morning, and one callback in it."""

import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.support.promises import an_office, at, promised

NOW = at("8 08:00")
Sessions = sessionmaker[Session]


@pytest.fixture
def office(sessions: Sessions) -> Sessions:
    """A database with the small office in it, at ten o'clock on a Tuesday morning."""
    with sessions.begin() as session:
        an_office(session, NOW)
    return sessions


@pytest.fixture
def callback_id(office: Sessions) -> int:
    """The id of a callback: Aïsha's, due at 9:00 UTC."""
    return promised(office, NOW).id
