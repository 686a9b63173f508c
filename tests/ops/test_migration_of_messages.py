"""After an upgrade, messages of closed callbacks count as heard, and those of open ones do not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, MetaData, select

from callcenter.storage.migrate import upgrade
from tests.support.upgrades import an_old_call, an_old_callback, stored, to_the_step_before

NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
SUBJECT = "promises_and_messages_heard"


def _fill(connection: Connection, **wanted: tuple[str | None, str | None]) -> dict[str, int]:
    """A message for each pair: the state of its callback, None for no callback, and the outcome of its call."""
    tables = MetaData()
    tables.reflect(connection)
    line, call, callback, voicemail = (tables.tables[name] for name in ("line", "call", "callback", "voicemail"))

    line_id = stored(connection, line, number="+31858880000", name="RBL", created_at=NOW)
    made: dict[str, int] = {}
    for number, (name, (state, outcome)) in enumerate(wanted.items()):
        of_line = {"line_id": line_id, "group": "school"}
        promise = None
        if state is not None:
            of_state = {"number": f"+3178614000{number}", "reason": "voicemail", "state": state}
            promise = stored(connection, callback, **an_old_callback(NOW, **of_line, **of_state))
        outcomes = {"call_sid": f"CA{number}", "wants_callback": False, "outcome": outcome, "callback_id": promise}
        over = an_old_call(NOW, **of_line, **outcomes, ended_at=NOW + timedelta(minutes=3))
        rung = stored(connection, call, **over)
        made[name] = stored(connection, voicemail, call_id=rung, duration_s=9, received_at=NOW, state="stored")
    return made


def test_messages_of_open_callbacks_are_still_to_be_heard(
    empty_database_url: str, open_engine: Callable[[str], Engine]
) -> None:
    engine = open_engine(empty_database_url)
    with engine.begin() as connection:
        to_the_step_before(connection, SUBJECT)
        made = _fill(
            connection,
            open=("open", "voicemail"),
            claimed=("claimed", "voicemail"),
            resolved=("resolved", "voicemail"),
            reached=("reached", "voicemail"),
            forgotten=(None, "voicemail"),
            still_speaking=(None, None),
        )
    upgrade(engine)
    tables = MetaData()
    tables.reflect(engine)
    voicemail, callback = tables.tables["voicemail"], tables.tables["callback"]
    with engine.connect() as connection:
        heard = {row.id for row in connection.execute(select(voicemail).where(voicemail.c.heard_at.is_not(None)))}
        assert {name for name, message in made.items() if message in heard} == {"resolved", "reached", "forgotten"}
        asked = select(callback.c.state).where(callback.c.asked_at.is_not(None))
        assert sorted(connection.scalars(asked)) == ["claimed", "open"]
