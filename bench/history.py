"""Writes three years of an office's history in bulk: calls, legs, decisions, receipts and callbacks."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, islice
from random import Random
from typing import Any

from sqlalchemy import Engine, func, select, text
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from bench.town import caller
from callcenter.callbacks.records import Callback, CallbackAttempt, PromisedTime
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.records import CallDecision, Voicemail
from callcenter.lines.records import Line
from callcenter.storage.base import Base, table_of
from callcenter.telephony.records import OutboxMessage, Receipt

YEARS = timedelta(days=3 * 365)
OPEN_CALLBACKS = 500
# The days that retention leaves of each (docs/privacy.md); of calls, legs and callbacks everything is there.
_DECISIONS, _ORDERS, _RECEIPTS = timedelta(days=90), timedelta(days=30), timedelta(days=7)
_OUTCOMES = {"answered": 84, "abandoned": 6, "missed": 4, "voicemail": 3, "callback_requested": 2, "closed": 1}
_RECEIPTS_A_CALL = 9
_BATCH = 5_000
_PEOPLE = ("AIS", "BAS", "CHA", "DAA", "ELI", "FEM", "GIJ", "HAN", "IMR", "JOO", "KIM", "LOT")
_ANSWER = "<Response><Gather numDigits='1'><Play>ringing</Play></Gather><Redirect>hold</Redirect></Response>"

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """The numbers of rows in a history."""

    calls: int = 500_000
    callbacks: int = 20_000


def write_history(engine: Engine, schools: Sequence[str], size: Size, now: datetime, seed: int = 7) -> None:
    """Write a history up to an instant into a furnished database, then refresh the planner's statistics.

    Raises ValueError when the database has calls.
    """
    with engine.connect() as connection:
        line = connection.execute(select(Line.id)).scalar_one()
        already = connection.execute(select(func.count()).select_from(Call)).scalar_one()
    if already:
        raise ValueError("a history is written before the first call")
    past = _Past(line, tuple(schools), size, Random(seed), now)
    # Callbacks come first: calls have a foreign key to them.
    _write(engine, Callback, _CALLBACK, past.callbacks())
    _write(engine, PromisedTime, _PROMISED, past.promised_times())
    _write(engine, CallbackAttempt, _ATTEMPT, past.attempts())
    _write(engine, Call, _CALL, past.calls())
    _write(engine, Leg, _LEG, past.legs())
    _write(engine, Voicemail, _VOICEMAIL, past.voicemails())
    _write(engine, CallDecision, _DECISION, past.decisions())
    _write(engine, OutboxMessage, _ORDER, past.orders())
    _write(engine, Receipt, _RECEIPT, past.receipts())
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if engine.dialect.name == "sqlite" else "VACUUM ANALYZE"))


_CALLBACK = (
    "id line_id number group reason priority created_at due_at owner owner_since state attempts closed_at "
    "closed_in_time late"
)
_PROMISED = "id callback_id made_at due_at kept_at"
_ATTEMPT = (
    "id callback_id consultant started_at state leg_sid dialled_at answered_at ended_at talk_s result confirmed_at "
    "expires_at"
)
_CALL = (
    "id call_sid line_id from_number group caller_name caller_place shared_by language received_at in_hours "
    "rota_version_id state step turn areas tier tier_list offered_to engaged rest_down answered_by accepted_at "
    "connected_at message_at wants_callback ended_at outcome outcome_at counted wait_s talk_s callback_id "
    "last_event_at reconciled"
)
_LEG = (
    "id call_id consultant tier kind leg_sid state offered_at ring_timeout_s initiated_at picked_up_at accepted_at "
    "ended_at expires_at result ring_s"
)
_VOICEMAIL = "id call_id recording_sid recording_url duration_s received_at state"
_DECISION = "id call_id at step reasons"
_ORDER = "id kind payload call_id leg_id state created_at not_before expires_at attempts done_at"
_RECEIPT = "key received_at status body"


class _Past:
    """Makes the rows. Values of a call that several tables need are drawn again from the call's own seed."""

    def __init__(self, line: int, schools: tuple[str, ...], size: Size, rng: Random, now: datetime) -> None:
        self._line, self._schools, self._size, self._rng, self._now = line, schools, size, rng, now
        self._first = now - YEARS
        self._closed_callbacks = size.callbacks - min(OPEN_CALLBACKS, size.callbacks)
        self._names = list(_OUTCOMES)
        self._shares = list(accumulate(_OUTCOMES.values()))
        self._seed = rng.random()

    def _received(self, number: int) -> datetime:
        """Calls are spread evenly over the years: their order matters to an index, not their hour."""
        return self._first + (YEARS - timedelta(hours=1)) * (number / self._size.calls)

    def _since(self, ago: timedelta) -> range:
        first = max(1, int(self._size.calls * (1 - ago / YEARS)))
        return range(first, self._size.calls + 1)

    def _callback_of(self, number: int) -> int:
        """The closed callback of an unanswered call."""
        closed = self._size.callbacks - min(OPEN_CALLBACKS, self._size.callbacks - 1)
        return 1 + (number - 1) * closed // self._size.calls

    def _of(self, number: int) -> Random:
        return Random(self._seed + number)

    def callbacks(self) -> Iterator[Row]:
        rng, size = self._rng, self._size
        open_from = self._closed_callbacks
        for number in range(1, size.callbacks + 1):
            is_open = number > open_from
            at, due, closed = self._times_of(number)
            who = self._schools[number % len(self._schools)] if is_open else caller(rng, self._schools)
            owner = rng.choice(_PEOPLE)
            state = "open" if is_open else rng.choice(("reached", "reached", "reached", "resolved", "unreachable"))
            in_time = None if closed is None else closed <= due
            yield (number, self._line, who, "school", "missed", 0, at, due, owner, at, state, int(not is_open), closed,
                   in_time, in_time is False)  # fmt: skip

    def promised_times(self) -> Iterator[Row]:
        """The one time that each caller was told."""
        for number in range(1, self._size.callbacks + 1):
            yield number, number, *self._times_of(number)

    def _times_of(self, number: int) -> tuple[datetime, datetime, datetime | None]:
        """When a callback was made, when it is due, and when it was closed."""
        if number > self._closed_callbacks:
            at = self._now - timedelta(minutes=number - self._closed_callbacks)
            return at, at + timedelta(hours=1), None
        at = self._received(number * self._size.calls // self._size.callbacks)
        return at, at + timedelta(hours=1), at + timedelta(minutes=self._of(-number).randrange(5, 90))

    def attempts(self) -> Iterator[Row]:
        """One attempt for each callback that was reached."""
        rng = self._rng
        for number in range(1, self._closed_callbacks + 1):
            at = self._received(number * self._size.calls // self._size.callbacks) + timedelta(minutes=5)
            end = at + timedelta(minutes=3)
            sid = f"CA{rng.getrandbits(128):032x}"
            yield number, number, rng.choice(_PEOPLE), at, "ended", sid, at, at, end, 120.0, "reached", end, end

    def calls(self) -> Iterator[Row]:
        for number in range(1, self._size.calls + 1):
            rng, at = self._of(number), self._received(number)
            outcome = rng.choices(self._names, cum_weights=self._shares)[0]
            answered = outcome == "answered"
            who, talk_s = caller(rng, self._schools), rng.expovariate(1 / 180)
            wait_s = rng.expovariate(1 / 18)
            met = at + timedelta(seconds=wait_s)
            ended = met + timedelta(seconds=talk_s) if answered else met
            callback = None if answered else self._callback_of(number)
            consultant = rng.choice(_PEOPLE)
            yield (
                number, f"CA{rng.getrandbits(128):032x}", self._line, who, "school", "De Stapsteen", "Dordrecht", 0,
                "nl", at, outcome != "closed", 2, "ended", "ended", 2 + int(wait_s / 5), "[]", 0, "[]",
                f'["{consultant}"]', "{}", False, consultant if answered else None, met if answered else None,
                met if answered else None, None if answered else met, outcome == "callback_requested", ended, outcome,
                ended, outcome != "closed", wait_s, talk_s if answered else None, callback, ended, False,
            )  # fmt: skip

    def voicemails(self) -> Iterator[Row]:
        for row, number in enumerate(range(6, self._size.calls + 1, 6), start=1):
            sid = f"RE{self._rng.getrandbits(128):032x}"
            yield row, number, sid, f"https://api.twilio.com/{sid}", 21, self._received(number), "stored"

    def legs(self) -> Iterator[Row]:
        leg_id = 0
        for number in range(1, self._size.calls + 1):
            rng, at = self._of(-number), self._received(number)
            for _ in range(1 if rng.random() < 0.6 else 2):
                leg_id += 1
                end = at + timedelta(seconds=15)
                yield (leg_id, number, rng.choice(_PEOPLE), "preferred", "rest", f"CA{rng.getrandbits(128):032x}",
                       "ended", at, 15, at, end, None, end, end, "accepted", 8.0)  # fmt: skip

    def decisions(self) -> Iterator[Row]:
        reasons = json.dumps([{"consultant": code, "reason": "not_preferred", "until": None} for code in _PEOPLE])
        numbers = (number for number in self._since(_DECISIONS) for _ in range(2))
        for row, number in enumerate(numbers, start=1):
            yield row, number, self._received(number), "preferred", reasons

    def orders(self) -> Iterator[Row]:
        numbers = (number for number in self._since(_ORDERS) for _ in range(3))
        for row, number in enumerate(numbers, start=1):
            at = self._received(number)
            yield row, "place_leg", "{}", number, None, "done", at, at, at, 1, at

    def receipts(self) -> Iterator[Row]:
        rng = self._rng
        for number in self._since(_RECEIPTS):
            for _ in range(_RECEIPTS_A_CALL):
                yield f"{rng.getrandbits(256):064x}", self._received(number), 200, _ANSWER


def _write(engine: Engine, rows_of: type[Base], columns: str, rows: Iterable[Row]) -> None:
    """Write many rows by COPY on PostgreSQL and by one prepared statement on SQLite."""
    table, names = table_of(rows_of), columns.split()
    # Other columns get the product's defaults, so that a new column needs no change here.
    rest = [column for column in table.columns if not (column.nullable or column.name in names)]
    names += [column.name for column in rest]
    same = tuple(column.default.arg for column in rest if isinstance(column.default, ScalarElementColumnDefault))
    listed = ", ".join(f'"{name}"' for name in names)
    raw: Any = engine.raw_connection()
    try:
        if engine.dialect.name == "postgresql":
            _copy(raw, table.name, listed, (row + same for row in rows))
        else:
            _insert(raw, table.name, listed, (tuple(map(_for_sqlite, row + same)) for row in rows))
    finally:
        raw.close()


def _copy(raw: Any, table: str, columns: str, rows: Iterable[Row]) -> None:
    with raw.cursor() as cursor:
        with cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
        if columns.startswith('"id"'):
            highest = f'SELECT coalesce(max(id), 1) FROM "{table}"'
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('\"{table}\"', 'id'), ({highest}))")
    raw.commit()


def _insert(raw: Any, table: str, columns: str, rows: Iterable[Row]) -> None:
    # KiB of page cache, enough to hold the indexes while they grow.
    raw.execute("PRAGMA cache_size=-400000")
    marks = ", ".join("?" for _ in columns.split(","))
    stream = iter(rows)
    while batch := list(islice(stream, _BATCH)):
        raw.execute("BEGIN IMMEDIATE")
        raw.executemany(f'INSERT INTO "{table}" ({columns}) VALUES ({marks})', batch)
        raw.execute("COMMIT")


def _for_sqlite(value: Any) -> Any:
    """A value as the product's column types store it."""
    return value.isoformat(" ", "microseconds")[:26] if isinstance(value, datetime) else value
