"""What does a rota consist of? Plain frozen values: people, shifts, exceptions, caseload and policy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from callcenter.rota.walltime import load_zone

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
    """Where a row or key was read: the file's own name and its line, counted from 1."""

    file: str
    line: int


NOWHERE = Source("", 0)


@dataclass(frozen=True, slots=True)
class Consultant:
    """A person who answers. mobile: E.164, empty only for someone no longer active; the last active day counts."""

    code: str
    name: str
    mobile: str
    email: str = ""
    regions: tuple[str, ...] = ()
    active_from: date | None = None
    active_until: date | None = None
    source: Source = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Shift:
    """A weekly row. days: 0 is Monday; start and end: wall-clock minutes of the start day, end above 1440 by night."""

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
        # Whole weeks between the Mondays, rounded down also before the anchor; ISO parity would fail in week 53.
        weeks = (day.toordinal() - day.weekday() - self.anchor.toordinal()) // 7
        return weeks % self.every == 0


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, with a wall-clock minute when one was typed (1440 for 24:00)."""

    day: date
    minute: int | None = None


@dataclass(frozen=True, slots=True)
class RotaException:
    """A dated row. start, end: UTC; end None lasts until a row ends it (sick only). first, last: as typed."""

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
    """Who a school (establishment or BRIN code) or a municipality is used to."""

    school: str
    municipality: str
    consultant: str
    source: Source = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Window:
    """Wall-clock minutes of one day, half-open."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DayRule:
    """What a date or a holiday does: `closed`, `open` (the profile as it is), `until` a minute, or own `hours`."""

    kind: Literal["closed", "open", "until", "hours"]
    until: int = 0
    hours: tuple[Window, ...] = ()


Profile = Mapping[int, tuple[Window, ...]]


@dataclass(frozen=True, slots=True)
class Vacation:
    """Other opening hours in school vacations. rule: `all` or `any` of the regions must have vacation."""

    regions: tuple[str, ...]
    rule: Literal["all", "any"]
    open: Profile


@dataclass(frozen=True, slots=True)
class Presence:
    """How long a state lasts and when unaccepted offers pause somebody."""

    pause_min: int = 30
    busy_min: int = 60
    no_answer_after: int = 2
    no_answer_pause_min: int = 15
    min_available: int = 2


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of the hunt."""

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
    """The search for someone who answers."""

    cap_s: int = 90
    wrap_up_s: int = 60
    tiers: tuple[Tier, ...] = DEFAULT_TIERS


@dataclass(frozen=True, slots=True)
class Callbacks:
    """When callbacks are due, in working minutes, and which countries may be dialled."""

    missed_min: int = 60
    voicemail_min: int = 120
    requested_min: int = 60
    attempts: int = 3
    countries: tuple[str, ...] = ("NL", "BE", "DE")


@dataclass(frozen=True, slots=True)
class Figures:
    """What reachability is compared with."""

    abandon_grace_s: int = 5
    target: float = 0.88
    baseline: float = 0.69
    service_level_s: int = 30


@dataclass(frozen=True, slots=True)
class Policy:
    """The choices of the team lead. liberation_day: `lustrum`, `every_year` or `open`; lines: key path to line."""

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
    file: str = field(default="policy.toml", compare=False)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)

    def source(self, *path: str) -> Source:
        """Where a key stands, or the nearest table above it."""
        for size in range(len(path), 0, -1):
            line = self.lines.get(".".join(path[:size]))
            if line:
                return Source(self.file, line)
        return Source(self.file, 1)


@dataclass(frozen=True)
class Rota:
    """All files together. cache: computed days and indexes."""

    consultants: Mapping[str, Consultant]
    shifts: tuple[Shift, ...]
    exceptions: tuple[RotaException, ...]
    caseload: tuple[CaseloadRow, ...]
    policy: Policy
    cache: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which every rule is read; the reader refuses one that cannot be loaded."""
        zone = load_zone(self.policy.zone)
        if zone is None:
            raise ValueError(f"the rota's zone cannot be loaded: {self.policy.zone}")
        return zone


@dataclass(frozen=True, slots=True)
class Interval:
    """Half-open, UTC."""

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
    """Someone on duty; until: the end of the unbroken duty in that role, UTC."""

    consultant: str
    role: Role
    until: datetime


@dataclass(frozen=True, slots=True)
class Gaps:
    """Open time with too few people; coverage: 0..1, None when there is no open time."""

    gaps: tuple[Interval, ...]
    coverage: float | None


@dataclass(frozen=True, slots=True)
class Reason:
    """One link of an explanation; the last one of a chain decides."""

    file: str
    line: int
    text_nl: str
    text_en: str
    code: str
