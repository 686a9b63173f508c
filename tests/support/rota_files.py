"""Rota files from short texts, and readable answers of the rota rules."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from callcenter.rota.duty import duty, timeline
from callcenter.rota.minutes import instant_of, midnight
from callcenter.rota.model import Rota
from callcenter.rota.reading.files import ReadResult, read_files

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

OFFICE_HOURS = 'mon-fri = ["08:30-17:00"]'
ALWAYS_OPEN = 'mon-sun = ["00:00-24:00"]'
CHOICES = 'good_friday = "open"\nliberation_day = "lustrum"'

PEOPLE = "".join(f"{code};{code} Jansen;06 3500 00{number:02d}\n" for number, code in enumerate("ABCPQR"))


def policy(hours: str = OFFICE_HOURS, days: str = CHOICES, more: str = "", top: str = "") -> str:
    """A policy: top keys, opening hours, closed days and further tables."""
    return f"{top}\n[open]\n{hours}\n[closed_days]\n{days}\n{more}\n"


def files(
    shifts: Sequence[str] = (),
    exceptions: Sequence[str] = (),
    people: str = PEOPLE,
    policy_text: str | None = None,
    caseload: Sequence[str] = (),
) -> dict[str, bytes]:
    """The files of a folder.

    shifts: `consultant;days;from;to;every;anchor;valid_from;valid_until;role;night`; exceptions:
    `kind;consultant;from;to;substitute`; trailing cells may be left out.
    """
    written = {
        "consultants.csv": "code;name;mobile;active_from;active_until\n" + people,
        "shifts.csv": "consultant;days;from;to;every;anchor;valid_from;valid_until;role;night\n" + _lines(shifts),
        "exceptions.csv": "id;kind;consultant;from;to;substitute\n"
        + _lines([f"{number};{row}" for number, row in enumerate(exceptions, start=1)]),
        "policy.toml": policy_text if policy_text is not None else policy(),
    }
    if caseload:
        written["caseload.csv"] = "school;municipality;consultant\n" + _lines(caseload)
    return {name: text.encode() for name, text in written.items()}


def _lines(rows: Sequence[str]) -> str:
    return "".join(f"{row}\n" for row in rows)


def a_rota(*shifts: str, exceptions: Sequence[str] = (), people: str = PEOPLE, policy_text: str | None = None) -> Rota:
    """The rota of these files; a faulty file fails the test and shows its faults."""
    return rota_of(files(shifts, exceptions, people, policy_text))


def rota_of(written: dict[str, bytes]) -> Rota:
    """The rota of files without errors."""
    result = read_files(written, NOW)
    assert result.rota is not None, [found.report("en") for found in result.errors]
    return result.rota


def reports(result: ReadResult, severity: str = "error") -> list[str]:
    """`FILE:LINE: CODE` of each fault."""
    return [f"{f.file}:{f.line}: {f.code}" for f in result.faults if f.severity == severity]


def local(text: str) -> datetime:
    """`2027-03-26 09:00` in Amsterdam."""
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM).astimezone(UTC)


def utc(text: str) -> datetime:
    """`2027-03-26 08:00` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def day_of(rota: Rota, day: str) -> tuple[datetime, datetime]:
    """The instants at which a local date begins and ends."""
    first = date.fromisoformat(day)
    return instant_of(midnight(rota.zone, first)), instant_of(midnight(rota.zone, first + timedelta(days=1)))


def hours(rota: Rota, code: str, day: str, days: int = 1) -> list[str]:
    """A person's duty on a local date (or several) as `08:00Z-16:00Z`."""
    start, _ = day_of(rota, day)
    _, end = day_of(rota, (date.fromisoformat(day) + timedelta(days=days - 1)).isoformat())
    return [f"{d.start:%H:%M}Z-{d.end:%H:%M}Z" for d in timeline(rota, start, end) if d.consultant == code]


def local_hours(rota: Rota, code: str, day: str) -> list[str]:
    """A person's duty on a local date as `09:00-17:00`."""
    return [
        f"{d.start.astimezone(AMSTERDAM):%H:%M}-{d.end.astimezone(AMSTERDAM):%H:%M}"
        for d in timeline(rota, *day_of(rota, day))
        if d.consultant == code
    ]


def minutes(rota: Rota, code: str, day: str, days: int = 1) -> int:
    """A person's minutes of duty on a local date, or several."""
    start, _ = day_of(rota, day)
    _, end = day_of(rota, (date.fromisoformat(day) + timedelta(days=days - 1)).isoformat())
    found = [d.end - d.start for d in timeline(rota, start, end) if d.consultant == code]
    return sum(found, timedelta()) // timedelta(minutes=1)


def on_duty(rota: Rota, moment: str) -> list[str]:
    """Who is on duty at a local moment."""
    return [person.consultant for person in duty(rota, local(moment))]
