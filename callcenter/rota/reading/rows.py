"""Turns the rows of the four CSV files into values, or into faults at their lines."""

from collections.abc import Collection
from datetime import date, datetime
from typing import cast

from callcenter.numbers import parse
from callcenter.rota.minutes import DAY_MIN, instant_of, load_zone, occurrence_fault, to_minute
from callcenter.rota.model import CaseloadRow, Consultant, Kind, Moment, Role, RotaException, Shift, Source
from callcenter.rota.reading.cells import KINDS, ROLES, YES_NO, parse_date, parse_days, parse_moment, parse_time
from callcenter.rota.reading.columns import Row
from callcenter.rota.reading.faults import Fault, fault

# The width of the column in the database.
_LONGEST_CODE = 16
_KINDS_EN, _KINDS_NL = "leave, sick, training, swap, extra", "verlof, ziek, training, ruil, extra"


class RowReader:
    """Turns rows into values and collects their faults. people: the file that has the codes, for a fault."""

    def __init__(self, zone: str, codes: Collection[str] = (), people: str = "consultants.csv") -> None:
        self.zone = load_zone(zone)
        self.codes = codes
        self.people = people
        self.faults: list[Fault] = []

    def fault(self, code: str, row: Row, **values: object) -> None:
        """Add a fault at a row's line."""
        self.faults.append(fault(code, row.source, **values))

    def _filled(self, row: Row, *columns: str) -> bool:
        empty = [column for column in columns if not row[column]]
        for column in empty:
            self.fault("missing_value", row, column=row.heading(column))
        return not empty

    def _date(self, row: Row, column: str) -> date | None:
        if not row[column]:
            return None
        day = parse_date(row[column])
        if day is None:
            self.fault("bad_date", row, value=row[column])
        return day

    def _known(self, row: Row, column: str = "consultant") -> None:
        if row[column] and row[column] not in self.codes:
            self.fault("unknown_consultant", row, value=row[column], people=self.people)

    def consultant(self, row: Row) -> Consultant | None:
        """A person. A mobile that is no valid number becomes empty, and `checks.check` reports it."""
        if not self._filled(row, "code", "name"):
            return None
        if len(row["code"]) > _LONGEST_CODE:
            known, known_nl = f"1-{_LONGEST_CODE} characters", f"1-{_LONGEST_CODE} tekens"
            self.fault("bad_value", row, key="code", value=row["code"], known=known, known_nl=known_nl)
        regions = tuple(dict.fromkeys(r.strip() for r in row["regions"].replace("|", ",").split(",") if r.strip()))
        return Consultant(
            code=row["code"],
            name=" ".join(row["name"].split()),  # a cell may hold several lines
            mobile=parse(row["mobile"]) or "",
            email=row["email"],
            regions=regions,
            active_from=self._date(row, "active_from"),
            active_until=self._date(row, "active_until"),
            source=row.source,
        )

    def shift(self, row: Row) -> Shift | None:
        """A weekly row."""
        before = len(self.faults)
        self._known(row)
        filled = self._filled(row, "consultant", "days", "from", "to")
        days = parse_days(row["days"]) if row["days"] else frozenset[int]()
        if isinstance(days, str):
            self.fault("unknown_weekday", row, value=days)
        window = self._window(row) if filled else (0, 0)
        role = ROLES.get(row["role"].lower())
        if role is None:
            self.fault("unknown_role", row, value=row["role"], known="line, backup", known_nl="lijn, achterwacht")
        every, anchor = self._repeats(row)
        valid_from, valid_until = self._date(row, "valid_from"), self._date(row, "valid_until")
        errors = any(found.severity == "error" for found in self.faults[before:])
        if errors or not filled or isinstance(days, str) or window is None:
            return None
        return Shift(
            row["consultant"],
            days,
            *window,
            every,
            anchor,
            valid_from,
            valid_until,
            cast(Role, role),
            row["note"],
            row.source,
        )

    def _repeats(self, row: Row) -> tuple[int, date | None]:
        text = row["every"] or "1"
        every = int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 1000 else 0
        if not every:
            self.fault("bad_number", row, column=row.heading("every"), value=text)
        anchor = self._date(row, "anchor")
        if every > 1 and not row["anchor"]:
            self.fault("anchor_missing", row, value=every)
        if every > 1 and anchor is not None and anchor.weekday() != 0:
            self.fault("anchor_not_monday", row, value=row["anchor"])
        return every, anchor if every > 1 else None

    def _window(self, row: Row) -> tuple[int, int] | None:
        """Start and end in minutes of the start day; None with faults."""
        start, end = parse_time(row["from"]), parse_time(row["to"], end=True)
        night = YES_NO.get(row["night"].lower())
        for text, minute in ((row["from"], start), (row["to"], end)):
            if minute is None:
                self.fault("bad_time", row, value=text)
        if night is None:
            key = row.heading("night")
            self.fault("bad_value", row, key=key, value=row["night"], known="yes, no", known_nl="ja, nee")
        if start is None or end is None or night is None:
            return None
        if start == end:
            self.fault("empty_window", row, value=row["from"])
            return None
        if end < start and not night:
            self.fault("end_before_start", row, start=row["from"], end=row["to"])
            return None
        if end == DAY_MIN - 1:
            self.fault("minute_lost", row)
        return start, end + DAY_MIN if end < start else end

    def exception(self, row: Row) -> RotaException | None:
        """A dated row."""
        before = len(self.faults)
        kind = KINDS.get(row["kind"].lower())
        if kind is None:
            self.fault("unknown_kind", row, value=row["kind"], known=_KINDS_EN, known_nl=_KINDS_NL)
        self._known(row)
        self._filled(row, "consultant", "from")
        if not row["to"] and kind is not None and kind != "sick":
            self.fault("missing_value", row, column=row.heading("to"))
        self._substitute(row, kind)
        first = self._moment(row, "from")
        last = self._moment(row, "to") if row["to"] else None
        if kind is None or first is None or any(found.severity == "error" for found in self.faults[before:]):
            return None
        start = self._instant(first, last=False)
        end = self._instant(last, last=True) if last else None
        if end is not None and end <= start:
            code = "empty_window" if end == start else "ends_before_start"
            self.fault(code, row, value=row["from"], start=row["from"], end=row["to"])
            return None
        if last is not None and last.minute == DAY_MIN - 1:
            self.fault("minute_lost", row)
        return RotaException(
            id=row["id"],
            kind=cast(Kind, kind),
            consultant=row["consultant"],
            first=first,
            last=last,
            start=start,
            end=end,
            substitute=row["substitute"] if kind == "swap" else "",
            note=row["note"],
            by=row["by"],
            source=row.source,
        )

    def _substitute(self, row: Row, kind: str | None) -> None:
        if kind != "swap":
            if row["substitute"]:
                self.fault("substitute_ignored", row)
        elif self._filled(row, "substitute"):
            self._known(row, "substitute")
            if row["substitute"] == row["consultant"]:
                self.fault("swap_self", row, consultant=row["consultant"])

    def _moment(self, row: Row, column: str) -> Moment | None:
        """A typed moment that occurs exactly once."""
        if not row[column]:
            return None
        moment = parse_moment(row[column], end=column == "to")
        if isinstance(moment, str):
            self.fault(moment, row, value=row[column])
            return None
        if moment.minute is not None and self.zone is not None:
            why = occurrence_fault(self.zone, moment.day, moment.minute)
            if why is not None:
                self.fault(f"moment_{why}", row, value=row[column])
                return None
        return moment

    def _instant(self, moment: Moment, *, last: bool) -> datetime:
        """The UTC instant; a date alone is its first midnight, as an end the midnight after it."""
        if self.zone is None:
            raise ValueError("rows are read in a zone that can be loaded")
        minute = moment.minute if moment.minute is not None else (DAY_MIN if last else 0)
        return instant_of(to_minute(self.zone, moment.day, minute, end=last))

    def caseload(self, row: Row) -> CaseloadRow | None:
        """The consultant of a school or a municipality."""
        self._known(row)
        if not row["school"] and not row["municipality"]:
            self.fault("missing_value", row, column=row.heading("school"))
            return None
        if not self._filled(row, "consultant"):
            return None
        return CaseloadRow(row["school"], row["municipality"], row["consultant"], row.source)


def place(source: Source) -> str:
    """A row's place as `FILE:LINE`."""
    return f"{source.file}:{source.line}"
