"""Speed of the rota: duty at an instant, a year of sixty consultants, and a check of the files."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median
from time import perf_counter

from callcenter.demo.fixtures import rota_files
from callcenter.rota.duty import duty, timeline
from callcenter.rota.model import Rota
from callcenter.rota.reading.files import read_files

PEOPLE = 60
_DAYS = ("mon,tue,thu", "mon,wed,fri", "tue,wed,thu", "wed,thu,fri", "mon,tue,fri")


def rota_figures() -> Mapping[str, float]:
    """Milliseconds of each question."""
    files, now = _large(), datetime.now(UTC)
    rota = _read(files, now)
    duty(rota, now)
    # The year is timed on a fresh rota, without compiled days in its memo.
    cold = [_read(files, now) for _ in range(3)]
    return {
        "duty(now), warm": _each(lambda: duty(rota, now), 1000),
        f"a rota year for {PEOPLE} consultants, cold": median(
            _once(partial(timeline, rota, now, now + timedelta(days=365))) for rota in cold
        ),
        f"rota check of {PEOPLE} consultants": _each(lambda: read_files(files, now), 3),
    }


def _read(files: Mapping[str, bytes], now: datetime) -> Rota:
    rota = read_files(files, now, warnings=False).rota
    assert rota is not None
    return rota


def _large() -> dict[str, bytes]:
    codes = [f"C{n:02d}" for n in range(PEOPLE)]
    people = [f"{code};Consulent {n};06 350{n:05d};;;;" for n, code in enumerate(codes)]
    shifts = [f"{code};{_DAYS[n % 5]};08:30;{'12:30' if n % 2 else '17:00'};;;line" for n, code in enumerate(codes)]
    shifts += [f"{code};mon;13:00;17:00;2;2026-01-05;line" for code in codes[1::2]]
    year = datetime.now(UTC).year
    leave = [
        f"{year}-{n};leave;{code};{year + n % 2}-{1 + n % 12:02d}-{1 + n % 20:02d};{year + n % 2}-{1 + n % 12:02d}-"
        f"{3 + n % 20:02d};;;"
        for n, code in enumerate(codes * 4)
    ]
    return {
        "consultants.csv": "\n".join(["code;name;mobile;email;regions;active_from;active_until", *people]).encode(),
        "shifts.csv": "\n".join(["consultant;days;from;to;every;anchor;role", *shifts]).encode(),
        "exceptions.csv": "\n".join(["id;kind;consultant;from;to;substitute;note;by", *leave]).encode(),
        "policy.toml": rota_files()["policy.toml"],
    }


def _once(do: Callable[[], object]) -> float:
    began = perf_counter()
    do()
    return (perf_counter() - began) * 1000


def _each(do: Callable[[], object], times: int) -> float:
    return _once(lambda: [do() for _ in range(times)]) / times
