"""Which rows and remarks of a stored rota are about people's past, and the files without them.

An illness is health data. It is needed while it keeps somebody off duty, and shortly afterwards to explain a day. A
row that has ended changes no duty to come, so files without it can be restored like any others.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from callcenter.rota.minutes import instant_of, load_zone, midnight, minute_of
from callcenter.rota.model import Policy, Rota
from callcenter.rota.reading.cells import KINDS, parse_date
from callcenter.rota.reading.columns import EXCEPTIONS, SHIFTS, Row, read_rows
from callcenter.rota.reading.names import kind_of
from callcenter.rota.reading.policy import read_policy
from callcenter.rota.reading.rewrite import rewrite
from callcenter.rota.reading.rows import RowReader
from callcenter.rota.shifts import span_of

_NO_REMARK: Mapping[str, str] = {"note": ""}


@dataclass(frozen=True, slots=True)
class Erased:
    """The files without what is erased. more: whether they hold an illness or a remark that is to be erased later."""

    files: Mapping[str, bytes]
    more: bool


def still_ill(rota: Rota, before: datetime) -> frozenset[str]:
    """The codes of the people of the active rota whose illness has not ended before an instant."""
    end = minute_of(before)
    return frozenset(row.consultant for row in rota.exceptions if row.kind == "sick" and span_of(rota, row)[1] > end)


def without_past(
    files: Mapping[str, bytes], before: datetime, *, replaced: bool, ill: Collection[str] = frozenset()
) -> Erased:
    """The files without the illnesses that ended before an instant, and without the remarks of all rows that did.

    replaced: whether another version replaced this one before that instant. Then all remarks go, files that belong to
    no rota, and each illness unless the person is in `ill`: a later version ended it. Raises UnreadableCsv.
    """
    changes = _Changes(files, before, replaced=replaced, ill=ill)
    kept: dict[str, bytes] = {}
    for name, data in files.items():
        kind = _kind(name)
        if kind == "exceptions":
            data = rewrite(name, data, EXCEPTIONS, changes.exception)
        elif kind == "shifts":
            data = rewrite(name, data, SHIFTS, changes.shift)
        if kind is not None or not replaced:
            kept[name] = data
    return Erased(kept, changes.more)


class _Changes:
    """Says what changes in each row, and notes whether something stays that is to be erased later."""

    def __init__(self, files: Mapping[str, bytes], before: datetime, *, replaced: bool, ill: Collection[str]) -> None:
        policies = (read_policy(name, data)[0] for name, data in files.items() if _kind(name) == "policy")
        self._zone = (next(policies, None) or Policy()).zone
        self._before, self._replaced, self._ill = before, replaced, ill
        self._ends: dict[tuple[str, datetime], datetime] = {}
        self.more = False
        for name, data in files.items():
            if _kind(name) == "exceptions":
                for row in read_rows(name, data, EXCEPTIONS, strict=False)[0]:
                    self._note_end(row)

    def exception(self, row: Row) -> Mapping[str, str] | None:
        """The cells of an exception that change; None when the row is erased."""
        start, end = self._span(row)
        if end is None and start is not None:
            end = self._ends.get((row["consultant"], start))
        past = end is not None and end <= self._before
        if KINDS.get(row["kind"].lower()) == "sick":
            if past or (self._replaced and row["consultant"] not in self._ill):
                return None
            self.more = True
        return self._remark(row, past=past)

    def shift(self, row: Row) -> Mapping[str, str]:
        """The cells of a weekly row that change."""
        zone, last = load_zone(self._zone), parse_date(row["valid_until"])
        ended = instant_of(midnight(zone, last + timedelta(days=1))) if zone and last else None
        return self._remark(row, past=ended is not None and ended <= self._before)

    def _remark(self, row: Row, *, past: bool) -> Mapping[str, str]:
        if past or self._replaced:
            return _NO_REMARK
        self.more = self.more or bool(row["note"])
        return {}

    def _note_end(self, row: Row) -> None:
        start, end = self._span(row)
        if start is not None and end is not None and KINDS.get(row["kind"].lower()) == "sick":
            key = row["consultant"], start
            self._ends[key] = max(end, self._ends.get(key, end))

    def _span(self, row: Row) -> tuple[datetime | None, datetime | None]:
        """The instants of a row; None for an end that is left out, and for a row that cannot be read any more."""
        found = RowReader(self._zone, {row["consultant"], row["substitute"]}).exception(row)
        return (found.start, found.end) if found is not None else (None, None)


def _kind(name: str) -> str | None:
    return kind_of(PurePosixPath(name).name.lower())
