"""After an upgrade, callbacks whose number was only keyed in say so; those that the network showed do not."""

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, MetaData, select

from callcenter.storage.migrate import upgrade
from tests.support.upgrades import an_old_call, an_old_callback, stored, to_the_step_before

NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
SUBJECT = "numbers_keyed_in_and_limits"
NUMBER = "+31612345678"


def _fill(connection: Connection, **calls: list[dict[str, str]]) -> dict[str, int]:
    """A callback for each name, with these calls behind it."""
    tables = MetaData()
    tables.reflect(connection)
    line, call, callback = (tables.tables[name] for name in ("line", "call", "callback"))

    made: dict[str, int] = {}
    for name, behind in calls.items():
        line_id = stored(connection, line, number=f"+3185888000{len(made)}", name="RBL", created_at=NOW)
        of_line = {"line_id": line_id, "group": "unknown"}
        promised = an_old_callback(NOW, **of_line, number=NUMBER, reason="requested")
        made[name] = stored(connection, callback, **promised)
        asked = {"wants_callback": True, "outcome": "callback_requested", "callback_id": made[name], "ended_at": NOW}
        for number, numbers in enumerate(behind):
            sid = f"CA{name}{number}"
            stored(connection, call, **an_old_call(NOW, **of_line, **asked, **numbers, call_sid=sid))
    return made


def test_numbers_that_were_only_keyed_in_are_known(
    empty_database_url: str, open_engine: Callable[[str], Engine]
) -> None:
    engine = open_engine(empty_database_url)
    keyed, shown = {"keyed_number": NUMBER}, {"from_number": NUMBER}
    with engine.begin() as connection:
        to_the_step_before(connection, SUBJECT)
        made = _fill(
            connection,
            keyed=[keyed],
            keyed_from_abroad=[{**keyed, "from_number": "+33123456789"}],
            shown=[shown],
            both=[keyed, shown],
            by_hand=[],
        )
    upgrade(engine)
    tables = MetaData()
    tables.reflect(engine)
    callback = tables.tables["callback"]
    with engine.connect() as connection:
        found = set(connection.scalars(select(callback.c.id).where(callback.c.number_keyed)))
    assert {name for name, one in made.items() if one in found} == {"keyed", "keyed_from_abroad"}
