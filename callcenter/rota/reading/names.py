"""Which file of a rota has a name, in Dutch or English, and what a file that is missing is called in a folder."""

import re
from collections.abc import Collection
from pathlib import PurePosixPath

# The English and Dutch name of each kind. A list may continue in `shifts-spring.csv` or `diensten_2.csv`.
NAMES = {
    "consultants": ("consultants", "consulenten"),
    "shifts": ("shifts", "diensten"),
    "exceptions": ("exceptions", "afwijkingen"),
    "caseload": ("caseload", "werkgebied"),
}
POLICY = ("policy.toml", "lijn.toml")


def is_part(name: str) -> bool:
    """Whether a file of this name, with or without folders, is one of a rota's."""
    return kind_of(_plain(name)) is not None


def kind_of(name: str) -> str | None:
    """Which file of a rota has this name, in lower case: `policy` or a key of `NAMES`; None when none has."""
    if name in POLICY:
        return "policy"
    for kind, stems in NAMES.items():
        if re.fullmatch(rf"(?:{'|'.join(stems)})(?:[-_. ].*)?\.csv", name):
            return kind
    return None


def called(kind: str, names: Collection[str]) -> str:
    """The name of the file of a kind in a folder with these files: that of the first one, else the one to give it.

    >>> called("shifts", ["consulenten.csv"]), called("shifts", ["policy.toml"]), called("policy", ["Lijn.toml"])
    ('diensten.csv', 'shifts.csv', 'Lijn.toml')
    """
    there = next((name for name in names if kind_of(_plain(name)) == kind), None)
    if there is not None:
        return there
    dutch = any(_plain(name).startswith(_DUTCH) for name in names)
    return (POLICY if kind == "policy" else [f"{stem}.csv" for stem in NAMES[kind]])[dutch]


def _plain(name: str) -> str:
    return PurePosixPath(name).name.lower()


_DUTCH = (POLICY[1], *(stems[1] for stems in NAMES.values()))
