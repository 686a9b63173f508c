"""What a database holds, in figures that can be compared before and after a restore."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, inspect, text

# The same for both databases: the day in UTC on which a call came in.
_DAY = {"sqlite": "date(received_at)", "postgresql": "CAST(date(received_at AT TIME ZONE 'UTC') AS text)"}


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a database.

    rows: by table; calls: by outcome, `none` for those under way; callbacks: by state; offered, answered: calls that
    count, by day in UTC.
    """

    rows: Mapping[str, int]
    calls: Mapping[str, int]
    callbacks: Mapping[str, int]
    offered: Mapping[str, int]
    answered: Mapping[str, int]

    def as_json(self) -> dict[str, dict[str, int]]:
        """As the manifest of a backup holds them."""
        return {name: dict(getattr(self, name)) for name in _NAMES}


_NAMES = ("rows", "calls", "callbacks", "offered", "answered")


def from_json(value: Mapping[str, Any]) -> Figures:
    """The figures of a manifest. Raises KeyError, TypeError or ValueError when it holds none."""
    return Figures(**{name: {str(key): int(n) for key, n in value[name].items()} for name in _NAMES})


def differences(before: Figures, after: Figures) -> list[str]:
    """Each figure that differs, in words; empty when all are equal."""
    found = []
    for name in _NAMES:
        was, is_now = getattr(before, name), getattr(after, name)
        found += [
            f"{name} {key}: {was.get(key, 0)} in the backup, {is_now.get(key, 0)} restored"
            for key in sorted({*was, *is_now})
            if was.get(key, 0) != is_now.get(key, 0)
        ]
    return found


def read_figures(connection: Connection) -> Figures:
    """The figures of the tables that the database has, whatever its revision. All of one snapshot, if it is in one."""
    tables = sorted(inspect(connection).get_table_names())
    quote = connection.dialect.identifier_preparer.quote
    rows = {table: _number(connection, f"SELECT count(*) FROM {quote(table)}") for table in tables}
    if "call" not in tables:
        return Figures(rows, {}, {}, {}, {})
    call, day = quote("call"), _DAY[connection.dialect.name]
    counted = f"SELECT {day}, count(*) FROM {call} WHERE counted"
    return Figures(
        rows,
        _groups(connection, f"SELECT coalesce(outcome, 'none'), count(*) FROM {call} GROUP BY 1"),
        _groups(connection, "SELECT state, count(*) FROM callback GROUP BY 1"),
        _groups(connection, f"{counted} GROUP BY 1"),
        _groups(connection, f"{counted} AND outcome = 'answered' GROUP BY 1"),
    )


def _number(connection: Connection, statement: str) -> int:
    return int(connection.execute(text(statement)).scalar_one())


def _groups(connection: Connection, statement: str) -> dict[str, int]:
    return {str(key): int(number) for key, number in connection.execute(text(statement))}
