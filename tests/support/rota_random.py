"""Hypothesis strategies for rotas around difficult dates, and a writer of their files."""

import random
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import strategies as st

from tests.support.rota_oracle import Spec, SpecException, SpecShift, instant

CODES = ("A", "B", "C", "D")
# Clock changes, ISO week 53, Easter, King's day on a Sunday, 5 May in a lustrum, vacations, the turn of the year.
DAYS = (
    "2026-10-25",
    "2026-12-24",
    "2026-12-28",
    "2027-01-01",
    "2027-02-13",
    "2027-03-26",
    "2027-03-28",
    "2027-04-24",
    "2027-05-05",
    "2027-07-17",
    "2027-10-31",
    "2027-10-31",
    "2027-03-28",
    "2028-02-28",
    "2028-03-26",
    "2028-05-25",
    "2028-10-29",
    "2029-03-25",
    "2030-03-31",
    "2030-05-05",
    "2031-04-26",
    "2031-10-26",
)
_NIGHT_MINUTES = (0, 60, 90, 120, 135, 150, 165, 180, 240)
_DAY_MINUTES = (480, 510, 525, 600, 690, 720, 765, 810, 960, 1020, 1080, 1200, 1320, 1380)
_MINUTES = st.sampled_from(_NIGHT_MINUTES + _DAY_MINUTES)
# The reader refuses a moment within a changed hour, so none is drawn there.
_TYPED = st.one_of(st.none(), st.sampled_from([m for m in (*_NIGHT_MINUTES, *_DAY_MINUTES) if not 120 <= m < 180]))


@st.composite
def windows(draw: st.DrawFn) -> list[tuple[int, int]]:
    cuts = sorted(draw(st.sets(_MINUTES, min_size=2, max_size=4)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    return draw(st.sampled_from([pairs, [(510, 1020)], [(0, 1440)], [(540, 720), (780, 1440)]]))


@st.composite
def profiles(draw: st.DrawFn) -> dict[int, list[tuple[int, int]]]:
    if draw(st.booleans()):
        return {day: [(0, 1440)] for day in range(7)}
    days = draw(st.sampled_from([range(5), range(7), range(7), (0, 2, 5, 6), ()]))
    same = draw(windows())
    return dict.fromkeys(days, same)


@st.composite
def shifts(draw: st.DrawFn, day: date, roles: dict[str, str]) -> SpecShift:
    code = draw(st.sampled_from(CODES))
    start, end = draw(
        st.one_of(
            st.tuples(_MINUTES, _MINUTES).filter(lambda pair: pair[0] != pair[1]),
            st.sampled_from([(540, 1020), (0, 1440), (1320, 360), (510, 750)]),
            st.sampled_from([(150, 300), (60, 150), (135, 165), (1320, 150)]),
        )
    )
    every = draw(st.sampled_from([1, 1, 2, 3]))
    monday = day - timedelta(days=day.weekday())
    return SpecShift(
        code,
        sorted(draw(st.sets(st.integers(0, 6), min_size=1))),
        start,
        end,
        every,
        monday + timedelta(weeks=draw(st.integers(-5, 5))) if every > 1 else None,
        draw(st.one_of(st.none(), st.integers(-3, 3).map(lambda n: day + timedelta(days=n)))),
        draw(st.one_of(st.none(), st.integers(-2, 4).map(lambda n: day + timedelta(days=n)))),
        roles[code],
    )


@st.composite
def exceptions(draw: st.DrawFn, day: date, roles: dict[str, str], limited: set[str]) -> SpecException | None:
    kind = draw(st.sampled_from(["leave", "sick", "training", "swap", "swap", "extra"]))
    code = draw(st.sampled_from(CODES))
    first = day + timedelta(days=draw(st.integers(-3, 3)))
    last = first + timedelta(days=draw(st.integers(0, 2)))
    row = SpecException(kind, code, first, draw(_TYPED), last, draw(st.one_of(_TYPED, st.just(1440))))
    if kind == "sick" and draw(st.booleans()):
        return replace(row, last=None, last_minute=None)
    if instant(first, row.first_minute, end=False) >= instant(last, row.last_minute, end=True):
        row = replace(row, first_minute=None, last_minute=None)
    if kind == "extra" and roles[code] != "line":
        return None
    if kind == "swap":
        others = [c for c in CODES if c != code and c not in limited and roles[c] == roles[code]]
        if not others:
            return None
        row = replace(row, substitute=draw(st.sampled_from(others)))
    return row


def _swap_fits(row: SpecException, accepted: list[SpecException]) -> bool:
    """Whether a swap neither overlaps another of the same giver nor makes a chain."""
    assert row.last is not None
    start, end = instant(row.first, row.first_minute, end=False), instant(row.last, row.last_minute, end=True)
    for other in accepted:
        if other.kind != "swap" or other.last is None:
            continue
        first = instant(other.first, other.first_minute, end=False)
        last = instant(other.last, other.last_minute, end=True)
        meets = start < last and first < end
        if meets and (other.code in (row.code, row.substitute) or other.substitute == row.code):
            return False
    return True


@st.composite
def specs(draw: st.DrawFn) -> tuple[Spec, date, date]:
    """A rota, and the first and last local day to ask about."""
    day = date.fromisoformat(draw(st.sampled_from(DAYS)))
    roles = {code: draw(st.sampled_from(["line", "line", "line", "backup"])) for code in CODES}
    near = st.one_of(st.none(), st.none(), st.integers(-2, 2).map(lambda n: day + timedelta(days=n)))
    people: dict[str, tuple[date | None, date | None]] = {code: (draw(near), None) for code in CODES}
    people["D"] = (people["D"][0], draw(near))
    limited = {code for code, bounds in people.items() if bounds != (None, None)}
    chosen = draw(st.lists(exceptions(day, roles, limited), max_size=5))
    accepted: list[SpecException] = []
    for row in chosen:
        if row is not None and (row.kind != "swap" or _swap_fits(row, accepted)) and row not in accepted:
            accepted.append(row)
    vacation = "2026-10-10" <= day.isoformat() <= "2027-09-05" and draw(st.booleans())
    rule = st.sampled_from(["closed", "open", "until 15:00", "10:00-12:30", "00:00-24:00"])
    spec = Spec(
        people,
        _unique(draw(st.lists(shifts(day, roles), max_size=6))),
        accepted,
        draw(profiles()),
        draw(st.sampled_from(["open", "closed", "09:00-12:00"])),
        draw(st.sampled_from(["lustrum", "every_year", "open"])),
        draw(st.dictionaries(st.sampled_from(["kings_day", "easter_monday", "ascension_day", "christmas_day"]), rule)),
        draw(st.dictionaries(st.integers(-2, 2).map(lambda n: day + timedelta(days=n)), rule, max_size=2)),
        draw(st.lists(st.sampled_from(["Noord", "Midden", "Zuid"]), min_size=1, max_size=3, unique=True))
        if vacation
        else [],
        draw(st.sampled_from(["all", "any"])),
        draw(profiles()),
        draw(st.sampled_from([1, 1, 2])),
    )
    return spec, day - timedelta(days=1), day + timedelta(days=draw(st.integers(0, 2)))


def _unique(rows: list[SpecShift]) -> list[SpecShift]:
    return [row for index, row in enumerate(rows) if row not in rows[:index]]


_DUTCH = {
    "consultants.csv": "consulenten.csv",
    "shifts.csv": "diensten.csv",
    "exceptions.csv": "afwijkingen.csv",
    "policy.toml": "lijn.toml",
    "leave": "verlof",
    "sick": "ziek",
    "swap": "ruil",
    "line": "lijn",
    "backup": "achterwacht",
    "yes": "ja",
    "closed": "dicht",
    "until": "tot",
    "all": "alle",
    "any": "een_van",
    "every_year": "elk_jaar",
    "good_friday": "goede_vrijdag",
    "liberation_day": "bevrijdingsdag",
    "kings_day": "koningsdag",
    "easter_monday": "tweede_paasdag",
    "ascension_day": "hemelvaart",
    "christmas_day": "eerste_kerstdag",
}
_HEADERS = {
    "consultants.csv": ("code name mobile active_from active_until", "code naam mobiel actief_van actief_tm"),
    "shifts.csv": (
        "consultant days from to every anchor valid_from valid_until role night",
        "code dagen van tot elke anker geldig_van geldig_tm rol nacht",
    ),
    "exceptions.csv": ("id kind consultant from to substitute", "id soort code van tot vervanger"),
}
_DAY_NAMES = (("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ("ma", "di", "wo", "do", "vr", "za", "zo"))


class Writer:
    """Writes a rota in one of the forms that people use, chosen by a seed: language, encoding, separator, order."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.dutch = self.random.random() < 0.5
        self.encoding = self.random.choice(["utf-8", "utf-8-sig", "cp1252"])
        self.separator = self.random.choice([";", ","])

    def files(self, spec: Spec) -> dict[str, bytes]:
        """The files of a folder."""
        people: list[tuple[str, ...]] = [
            (code, f"José {code}", f"06 3500 00{n:02d}", self.day(first), self.day(last))
            for n, (code, (first, last)) in enumerate(spec.people.items())
        ]
        rows = [self.shift(row) for row in spec.shifts]
        dated: list[tuple[str, ...]] = [(str(n), *self.exception(row)) for n, row in enumerate(spec.exceptions)]
        for shuffled in (people, rows, dated):
            self.random.shuffle(shuffled)  # the order of rows has no meaning
        tables = {"consultants.csv": people, "shifts.csv": rows, "exceptions.csv": dated}
        written = {self.word(name): self.table(name, table) for name, table in tables.items()}
        written[self.word("policy.toml")] = self.policy(spec)
        return {name: text.encode(self.encoding) for name, text in written.items()}

    def word(self, english: str) -> str:
        return _DUTCH.get(english, english) if self.dutch else english

    def day(self, day: date | None) -> str:
        if day is None:
            return ""
        return f"{day.day}-{day.month}-{day.year}" if self.random.random() < 0.5 else day.isoformat()

    def time(self, minute: int) -> str:
        return self.random.choice(["{:02d}:{:02d}", "{}:{:02d}", "{}.{:02d}", "{}u{:02d}"]).format(*divmod(minute, 60))

    def days(self, days: list[int]) -> str:
        names = _DAY_NAMES[self.dutch]
        if len(days) > 1 and days == list(range(days[0], days[-1] + 1)):
            return f"{names[days[0]]}-{names[days[-1]]}"
        return ",".join(names[day] for day in days)

    def shift(self, row: SpecShift) -> tuple[str, ...]:
        return (
            row.code,
            self.days(row.days),
            self.time(row.start),
            self.time(row.end),
            str(row.every) if row.every > 1 else "",
            self.day(row.anchor),
            self.day(row.valid_from),
            self.day(row.valid_until),
            self.word(row.role),
            self.word("yes") if row.end < row.start else "",
        )

    def moment(self, day: date | None, minute: int | None) -> str:
        return self.day(day) + (f" {self.time(minute)}" if day and minute is not None else "")

    def exception(self, row: SpecException) -> tuple[str, ...]:
        first, last = self.moment(row.first, row.first_minute), self.moment(row.last, row.last_minute)
        return self.word(row.kind), row.code, first, last, row.substitute

    def table(self, name: str, rows: list[tuple[str, ...]]) -> str:
        cells = [tuple(_HEADERS[name][self.dutch].split()), *rows]
        quoted = [[f'"{cell}"' if "," in cell else cell for cell in row] for row in cells]
        return "".join(self.separator.join(row) + "\r\n" for row in quoted)

    def profile(self, profile: dict[int, list[tuple[int, int]]]) -> str:
        names = _DAY_NAMES[self.dutch]
        lines = []
        for day, windows_ in profile.items():
            texts = ", ".join(f'"{self.time(start)}-{self.time(end)}"' for start, end in windows_)
            lines.append(f"{names[day]} = [{texts}]\n")
        return "".join(lines)

    def rule(self, text: str) -> str:
        return " ".join(self.word(part) for part in text.split())

    def policy(self, spec: Spec) -> str:
        text = f"min_on_duty = {spec.min_on_duty}\n[open]\n{self.profile(spec.open)}[closed_days]\n"
        named = {"good_friday": spec.good_friday, "liberation_day": spec.liberation_day, **spec.holidays}
        text += "".join(f'{self.word(name)} = "{self.rule(rule)}"\n' for name, rule in named.items())
        text += "".join(f'{self.day(day)} = "{self.rule(rule)}"\n' for day, rule in spec.dates.items())
        if spec.vacation_regions:
            regions = ", ".join(f'"{region}"' for region in spec.vacation_regions)
            text += f'[vacation]\nregions = [{regions}]\nrule = "{self.word(spec.vacation_rule)}"\n'
            text += f"[vacation.open]\n{self.profile(spec.vacation_open)}"
        return text
