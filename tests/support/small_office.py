"""A small office as values, without a database: its numbers, its rota and its days."""

from datetime import UTC, datetime

from callcenter.rota.model import Rota
from callcenter.rota.reading.files import read_files

LINE = "+31858880000"
SCHOOL = "+31302345678"
OTHER_SCHOOL = "+31786140001"
MOBILES = {"AIS": "+31620000001", "BRA": "+31620000002", "CEM": "+31620000003"}

_FILES = {
    "consultants.csv": (
        "code;name;mobile;email\nAIS;Aïsha;+31620000001;\nBRA;Bram;+31620000002;\nCEM;Cem;+31620000003;\n"
    ),
    "shifts.csv": (
        "consultant;days;from;to\nAIS;mon-fri;08:30;17:00\nBRA;mon-fri;08:30;13:00\nCEM;mon-fri;13:00;17:00\n"
    ),
    "exceptions.csv": "id;kind;consultant;from;to;substitute;note;by\n",
    "policy.toml": (
        '[open]\nmon-fri = ["08:30-17:00"]\n[closed_days]\ngood_friday = "closed"\nliberation_day = "lustrum"\n'
    ),
}


def rota_files(**changed: str) -> dict[str, bytes]:
    """The office's files, some of them changed: `shifts="…"`, `policy="…"`."""
    files = dict(_FILES)
    for name, text in changed.items():
        files["policy.toml" if name == "policy" else f"{name}.csv"] = text
    return {name: text.encode() for name, text in files.items()}


def a_rota(**changed: str) -> Rota:
    """The office's rota as a value."""
    result = read_files(rota_files(**changed), warnings=False)
    assert result.rota is not None, result.errors
    return result.rota


def at(text: str) -> datetime:
    """An instant in June 2027 by day and UTC time: `8 08:00` is Tuesday 8 June, 10.00 in Amsterdam."""
    day, _, clock = text.partition(" ")
    hour, minute = clock.split(":")
    return datetime(2027, 6, int(day), int(hour), int(minute), tzinfo=UTC)
