"""A PostgreSQL that does not answer holds up no thread for ever, and a host that freezes holds up no other host."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from callcenter.storage import patience
from callcenter.storage.engine import REFUSED, answers_within, make_engine

pytestmark = pytest.mark.postgres
HANGS = text("SELECT pg_sleep(60)")


@pytest.fixture
def impatient(postgresql_url: str) -> Iterator[Engine]:
    engine = make_engine(postgresql_url, patient=False)
    yield engine
    engine.dispose()


def test_a_statement_without_an_answer_is_given_up_and_the_next_one_has_a_new_connection(impatient: Engine) -> None:
    with (
        pytest.raises(OperationalError, match="did not answer in time"),
        answers_within(0.2),
        impatient.begin() as connection,
    ):
        connection.execute(HANGS)
    with impatient.begin() as connection:
        assert connection.scalar(text("SELECT 1")) == 1


def test_the_statements_of_a_block_have_their_time_together(impatient: Engine) -> None:
    with answers_within(0.4), impatient.connect() as connection:
        for _ in range(3):
            connection.execute(text("SELECT pg_sleep(0.05)"))
        with pytest.raises(OperationalError):
            connection.execute(HANGS)


def test_without_a_block_each_statement_has_a_limit_too(impatient: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "STATEMENT_S", 0.2)
    with pytest.raises(OperationalError), impatient.connect() as connection:
        connection.execute(HANGS)


def test_an_engine_for_a_command_waits_as_long_as_it_takes(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "STATEMENT_S", 0.1)
    engine = make_engine(postgresql_url)
    with answers_within(0.1), engine.connect() as connection:
        connection.execute(text("SELECT pg_sleep(0.4)"))
        assert connection.scalar(text("SHOW idle_in_transaction_session_timeout")) == "0"
    engine.dispose()


def test_the_server_ends_the_transaction_of_a_host_that_froze_within_it(postgresql_url: str) -> None:
    engine = make_engine(f"{postgresql_url}&options=-c%20idle_in_transaction_session_timeout%3D200", patient=False)
    other = make_engine(postgresql_url)
    with other.begin() as connection:
        connection.execute(text("CREATE TABLE held (id integer)"))
        connection.execute(text("INSERT INTO held VALUES (1)"))
    with engine.connect() as frozen:
        frozen.execute(text("UPDATE held SET id = 2"))
        with other.begin() as connection:
            connection.execute(text("UPDATE held SET id = 3"))
            assert connection.scalar(text("SELECT id FROM held")) == 3
        with pytest.raises(REFUSED):
            frozen.execute(text("SELECT 1"))
    engine.dispose()
    other.dispose()


def test_the_served_office_has_these_limits(impatient: Engine) -> None:
    with impatient.connect() as connection:
        assert connection.scalar(text("SHOW idle_in_transaction_session_timeout")) == "10s"
        assert connection.scalar(text("SHOW lock_timeout")) == "10s"
