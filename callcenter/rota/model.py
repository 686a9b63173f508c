"""The values that make up a rota: people, shifts, exceptions, caseload and policy. All are frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal
from zoneinfo import ZoneInfo

from callcenter.rota.minutes import load_zone

Role = Literal["line", "backup"]
Kind = Literal["leave", "sick", "training", "swap", "extra"]
Who = Literal["preferred", "region", "anyone", "backup"]

HOLIDAYS = (
    "new_year",
    "good_friday",
    "easter_monday",
    "kings_day",
    "liberation_day",
    "ascension_day",
    "whit_monday",
    "christmas_day",
    "boxing_day",
)


@dataclass(frozen=True, slots=True)
class Source:
    """The place of a row or key: the file's name and the line, counted from 1."""

    file: str
    line: int


NOWHERE = Source("", 0)


@dataclass(frozen=True, slots=True)
class Consultant:
    """A person who answers calls. mobile: E.164, empty only for somebody who is no longer active.

    active_from, active_until: the first and last active date.
    """

    code: str
    name: str
    mobile: str
    email: str = ""
    regions: tuple[str, ...] = ()
    active_from: date | None = None
    active_until: date | None = None
    source: Source = field(default=NOWHERE, compare=False)

    def active_between(self, first: date, last: date = date.max) -> bool:
        """Whether the person is active on a date from `first` to `last`, both included."""
        return (self.active_from is None or self.active_from <= last) and (
            self.active_until is None or self.active_until >= first
        )


@dataclass(frozen=True, slots=True)
class Shift:
    """A weekly row. days: 0 is Monday.

    start, end: wall-clock minutes from the start day's midnight; an end on the next day is above 1440.

    every, anchor: the row applies every so many weeks, counted from the week of this Monday.
    """

    consultant: str
    days: frozenset[int]
    start: int
    end: int
    every: int = 1
    anchor: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    role: Role = "line"
    note: str = ""
    source: Source = field(default=NOWHERE, compare=False)

    def starts_on(self, day: date) -> bool:
        """Whether the row plans a window that starts on this local date."""
        if day.weekday() not in self.days:
            return False
        if (self.valid_from and day < self.valid_from) or (self.valid_until and day > self.valid_until):
            return False
        if self.every == 1 or self.anchor is None:
            return True
        # Whole weeks since the anchor, rounded down also before it. The parity of ISO weeks would fail after week 53.
        weeks = (day.toordinal() - day.weekday() - self.anchor.toordinal()) // 7
        return weeks % self.every == 0


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, with a wall-clock minute when one was typed (1440 for 24:00)."""

    day: date
    minute: int | None = None


@dataclass(frozen=True, slots=True)
class RotaException:
    """A dated row. start, end: UTC instants; first, last: as typed.

    end None (sick only): it lasts until another row gives the end.
    """

    id: str
    kind: Kind
    consultant: str
    first: Moment
    last: Moment | None
    start: datetime
    end: datetime | None
    substitute: str = ""
    note: str = ""
    by: str = ""
    source: Source = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class CaseloadRow:
    """The consultant assigned to a school (establishment or BRIN code) or a municipality."""

    school: str
    municipality: str
    consultant: str
    source: Source = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open interval of wall-clock minutes of one day."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DayRule:
    """The rule of a date or a holiday: `closed`, `open` (the profile unchanged), `until` a minute, or own `hours`."""

    kind: Literal["closed", "open", "until", "hours"]
    until: int = 0
    hours: tuple[Window, ...] = ()


Profile = Mapping[int, tuple[Window, ...]]


@dataclass(frozen=True, slots=True)
class Vacation:
    """The opening hours in school vacations. rule: whether `all` or `any` of the regions must have vacation."""

    regions: tuple[str, ...]
    rule: Literal["all", "any"]
    open: Profile


@dataclass(frozen=True, slots=True)
class Presence:
    """How long a state lasts, and when offers that are not accepted pause somebody.

    no_answer_after: offers in a row; min_available: eligible people who must remain.
    """

    pause_min: int = 30
    busy_min: int = 60
    no_answer_after: int = 2
    no_answer_pause_min: int = 15
    min_available: int = 2


@dataclass(frozen=True, slots=True)
class Tier:
    """One tier of the hunt. who: the people it rings; at_once: mobiles that ring together."""

    name: str
    who: Who
    ring_s: int
    at_once: int


DEFAULT_TIERS = (
    Tier("preferred", "preferred", 15, 1),
    Tier("region", "region", 20, 2),
    Tier("anyone", "anyone", 20, 3),
    Tier("backup", "backup", 20, 2),
)


@dataclass(frozen=True, slots=True)
class Hunt:
    """The hunt for somebody who answers. cap_s: its longest duration; wrap_up_s: the rest after a talk."""

    cap_s: int = 90
    wrap_up_s: int = 60
    tiers: tuple[Tier, ...] = DEFAULT_TIERS


@dataclass(frozen=True, slots=True)
class Callbacks:
    """When callbacks are due, in working minutes by reason, and which countries may be dialled."""

    missed_min: int = 60
    voicemail_min: int = 120
    requested_min: int = 60
    attempts: int = 3
    countries: tuple[str, ...] = ("NL", "BE", "DE")


@dataclass(frozen=True, slots=True)
class Figures:
    """How reachability is measured and compared. target, baseline: shares from 0 to 1."""

    abandon_grace_s: int = 5
    target: float = 0.88
    baseline: float = 0.69
    service_level_s: int = 30


@dataclass(frozen=True, slots=True)
class Survey:
    """Who is asked the one question. rate: the share of calls and callbacks, from 0 to 1; texts: whether callers are
    asked by text too, which costs money."""

    rate: float = 1 / 3
    texts: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits to abuse and to cost; each counts within an hour (routing/limits.py, docs/rota.md).

    number_unanswered, contact_unanswered, withheld_unanswered: calls that nobody answered, of one unknown number, of
    one known number, and of all withheld numbers together; withheld_at_once: their calls that wait at the same time.
    number_keyed, withheld_keyed: other numbers to be called back on that one caller, and all withheld callers, key in.
    callers_rung, colleagues_rung: our calls to callers by one press, and to consultants' mobiles for callers.
    """

    number_unanswered: int = 6
    contact_unanswered: int = 30
    withheld_unanswered: int = 20
    withheld_at_once: int = 4
    number_keyed: int = 3
    withheld_keyed: int = 10
    callers_rung: int = 240
    colleagues_rung: int = 20_000


@dataclass(frozen=True, slots=True)
class Policy:
    """The choices of the team lead. file, lines: the name of the file and the line of each dotted key path."""

    zone: str = "Europe/Amsterdam"
    min_on_duty: int = 1
    open: Profile = field(default_factory=dict)
    holidays: Mapping[str, DayRule] = field(default_factory=dict)
    liberation_day: Literal["lustrum", "every_year", "open"] = "lustrum"
    dates: Mapping[date, DayRule] = field(default_factory=dict)
    vacation: Vacation | None = None
    presence: Presence = Presence()
    hunt: Hunt = Hunt()
    callbacks: Callbacks = Callbacks()
    figures: Figures = Figures()
    limits: Limits = Limits()
    survey: Survey = Survey()
    file: str = field(default="policy.toml", compare=False)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)

    def source(self, *path: str) -> Source:
        """The place of a key, or of the nearest table above it that the file has."""
        for size in range(len(path), 0, -1):
            line = self.lines.get(".".join(path[:size]))
            if line:
                return Source(self.file, line)
        return Source(self.file, 1)


@dataclass(frozen=True)
class Rota:
    """All files together. cache: values computed from the other fields, by the functions of this package."""

    consultants: Mapping[str, Consultant]
    shifts: tuple[Shift, ...]
    exceptions: tuple[RotaException, ...]
    caseload: tuple[CaseloadRow, ...]
    policy: Policy
    cache: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of every rule. Raises ValueError when it cannot be loaded, which the reader rules out."""
        zone = load_zone(self.policy.zone)
        if zone is None:
            raise ValueError(f"the rota's zone cannot be loaded: {self.policy.zone}")
        return zone

    def preferred_consultant(self, school: str | None, brin: str | None, municipality: str | None) -> str | None:
        """A school's assigned consultant, or None: by its own row, else its BRIN's, else its municipality's.

        school: establishment code; brin: institution code; municipality: name in any letter case.
        """
        for kind, value in (("school", school), ("school", brin), ("municipality", municipality)):
            if value and (kind, value.strip().casefold()) in self._caseload:
                return self._caseload[kind, value.strip().casefold()]
        return None

    @cached_property
    def _caseload(self) -> Mapping[tuple[str, str], str]:
        return {
            ("school", row.school.casefold()) if row.school else ("municipality", row.municipality.casefold()): (
                row.consultant
            )
            for row in self.caseload
        }

    @cached_property
    def shared_mobiles(self) -> Mapping[str, Sequence[str]]:
        """The other consultants with the same mobile number, by code of those who share one.

        The check refuses such a rota today. A version stored before that check may have one, and then both are claimed
        as one person.
        """
        by_mobile: dict[str, list[str]] = {}
        for person in self.consultants.values():
            if person.mobile:
                by_mobile.setdefault(person.mobile, []).append(person.code)
        shared = [codes for codes in by_mobile.values() if len(codes) > 1]
        return {one: tuple(other for other in codes if other != one) for codes in shared for one in codes}


@dataclass(frozen=True, slots=True)
class Interval:
    """A half-open interval of UTC instants."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class DutyInterval:
    """A person's unbroken duty in one role, half-open, UTC."""

    consultant: str
    role: Role
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Somebody on duty. until: the end of the unbroken duty in that role, UTC."""

    consultant: str
    role: Role
    until: datetime


@dataclass(frozen=True, slots=True)
class Gaps:
    """Open time with too few people. coverage: the covered share, 0 to 1; None without open time."""

    gaps: tuple[Interval, ...]
    coverage: float | None


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of an explanation, and the row or key that gives it."""

    file: str
    line: int
    text_nl: str
    text_en: str
    code: str
