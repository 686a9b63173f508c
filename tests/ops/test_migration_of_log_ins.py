"""After the upgrade logins and tokens of before go on working, and the release before still runs on the tables."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, MetaData, insert, select

from callcenter.access import tokens
from callcenter.access.passwords import hash_password
from callcenter.access.secret_hash import digest
from callcenter.access.sessions import begin_session, find_session
from callcenter.access.taking_away import take_away
from callcenter.storage.engine import make_sessions
from callcenter.storage.migrate import upgrade
from tests.support.upgrades import to_the_step_before

NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
SUBJECT = "0010_log_ins"
# What the release before stores with a login and with a token.
USER = {
    "email": "ais@rbl.example",
    "role": "consultant",
    "consultant": "AIS",
    "created_at": NOW,
    "failed_logins": 5,
    "locked_until": NOW + timedelta(hours=1),
}
TOKENS = {"grafana": ("lead", None), "mobile": ("consultant", "AIS"), "twice": ("lead", None)}


def test_logins_and_tokens_of_before_go_on_and_can_be_taken_away(
    empty_database_url: str, open_engine: Callable[[str], Engine]
) -> None:
    engine = open_engine(empty_database_url)
    with engine.begin() as connection:
        to_the_step_before(connection, SUBJECT)
        tables = MetaData()
        tables.reflect(connection, only=["user", "api_token"])
        before = tables.tables["user"], tables.tables["api_token"]
        connection.execute(insert(before[0]).values(**USER, password_hash=hash_password("short-one")))
        for name, (role, code) in [*TOKENS.items(), ("twice", ("lead", None))]:
            many = connection.execute(select(before[1].c.id)).all()
            values = {"name": name, "role": role, "consultant": code, "created_at": NOW}
            connection.execute(insert(before[1]).values(**values, token_hash=digest(f"{name}{len(many)}")))
    upgrade(engine)
    with engine.begin() as connection:  # the release before, beside this one
        connection.execute(insert(before[0]).values(**{**USER, "email": "bas@rbl.example", "consultant": "BAS"}))
        row = {"name": "late", "role": "lead", "created_at": NOW, "token_hash": digest("late")}
        connection.execute(insert(before[1]).values(**row))
    year = NOW + timedelta(days=1000)
    with make_sessions(engine).begin() as session:
        secret = begin_session(session, NOW, 1, stay=False, how="password")
        session.flush()
        assert find_session(session, NOW, secret) is not None
        for bearer in ("grafana0", "mobile1", "twice2", "twice3", "late"):
            assert tokens.authenticate(session, year, bearer) is not None
        assert take_away(session, year, "ais@rbl.example").revoked == 1
        assert tokens.authenticate(session, year, "mobile1") is None
        assert tokens.authenticate(session, year, "grafana0") is not None
