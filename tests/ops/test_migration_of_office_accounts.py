"""After an upgrade, logins are as they were, and have neither an office account nor a second factor."""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Engine, MetaData, insert, inspect

from callcenter.access.second_factor import stored
from callcenter.access.users import disable_user, find_user
from callcenter.storage.engine import make_sessions
from callcenter.storage.migrate import upgrade
from tests.support.upgrades import to_the_step_before

NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
TABLES = {"office_account", "second_factor", "recovery_code", "emergency_code"}


def test_a_login_is_kept_and_can_have_both(empty_database_url: str, open_engine: Callable[[str], Engine]) -> None:
    engine = open_engine(empty_database_url)
    with engine.begin() as connection:
        to_the_step_before(connection, "office_accounts_and_second_factors")
        assert TABLES.isdisjoint(inspect(connection).get_table_names())
        tables = MetaData()
        tables.reflect(connection)
        values = {"email": "ann@rbl.example", "role": "admin", "created_at": NOW, "failed_logins": 0}
        connection.execute(insert(tables.tables["user"]).values(**values))
    upgrade(engine)
    assert set(inspect(engine).get_table_names()) >= TABLES
    with make_sessions(engine).begin() as session:
        ann = find_user(session, "ann@rbl.example")
        assert (ann.role, stored.state_of(session, ann.id)) == ("admin", stored.State())
        assert stored.begin(session, NOW, ann.id, "a-key-for-tests-only-0123456789")
        disable_user(session, NOW, ann.email)
