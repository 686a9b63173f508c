"""Finds the line of each key of a policy file, which tomllib does not report, and collects faults at those lines."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from callcenter.rota.model import Source
from callcenter.rota.reading.faults import Fault, fault

_TABLE = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_PART = re.compile(r""""[^"]*"|'[^']*'|[\w-]+""")
# Keys of an inline table: after its brace or a comma, on the line of the table's own key.
_INLINE = re.compile(r"""[{,]\s*("[^"]*"|'[^']*'|[\w-]+)\s*=""")


def _parts(path: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(path)]


def key_lines(text: str) -> dict[str, int]:
    """The line of each dotted key path, from 1; elements of an array of tables are numbered: `hunt.tier.0.name`.

    This is a simple line scan. It may take text inside a multi-line string for a key, which affects only the line
    numbers of faults.
    """
    found: dict[str, int] = {}
    table: list[str] = []
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if match := _TABLE.fullmatch(line):
            table = _parts(match[1])
            path = ".".join(table)
            found.setdefault(path, number)
            if line.lstrip().startswith("[["):
                index = counts.get(path, 0)
                counts[path] = index + 1
                table = [*table, str(index)]
                found[".".join(table)] = number
        elif match := _KEY.match(line):
            path = ".".join([*table, *_parts(match[1])])
            found.setdefault(path, number)
            for inner in _INLINE.findall(line[match.end() :]):
                found.setdefault(f"{path}.{inner.strip(chr(34) + chr(39))}", number)
    return found


class PolicyFaults:
    """Collects the faults of a policy file, each at the line of its key."""

    def __init__(self, file: str, lines: Mapping[str, int]) -> None:
        self.file = file
        self.lines = lines
        self.found: list[Fault] = []

    def fault(self, code: str, path: Iterable[str], **values: object) -> None:
        """Add a fault at a key, or at the nearest table above it that the file has."""
        parts = list(path)
        while parts and ".".join(parts) not in self.lines:
            parts.pop()
        line = self.lines[".".join(parts)] if parts else 1
        self.found.append(fault(code, Source(self.file, line), **values))

    def bad_value(self, path: Iterable[str], value: object, expected: str, expected_nl: str | None = None) -> None:
        """Add the fault of a value that is not expected. expected_nl: for the Dutch text, where it differs."""
        parts = tuple(path)
        written = str(value).lower() if isinstance(value, bool) else repr(value)
        known_nl = expected if expected_nl is None else expected_nl
        self.fault("bad_value", parts, key=".".join(parts), value=written, known=expected, known_nl=known_nl)

    def check_keys(self, raw: Mapping[str, Any], keys: Iterable[str], *path: str) -> None:
        """Add a fault for every key that does not exist."""
        allowed = tuple(keys)
        for key in raw:
            if key not in allowed:
                self.fault("unknown_key", (*path, key), value=".".join((*path, key)), known=", ".join(allowed))

    def table(self, raw: Mapping[str, Any], key: str, *path: str) -> Mapping[str, Any]:
        """The table under a key; empty when it is left out, or with a fault when it is no table."""
        value = raw.get(key, {})
        if isinstance(value, dict):
            return value
        self.bad_value((*path, key), value, f"[{key}]")
        return {}

    def number(
        self, raw: Mapping[str, Any], key: str, default: int, path: tuple[str, ...], *, least: int, most: int
    ) -> int:
        """The whole number under a key; the default when left out, or with a fault outside the range."""
        value = raw.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.bad_value((*path, key), value, f"{least}..{most}")
        return default

    def share(self, raw: Mapping[str, Any], key: str, default: float, path: tuple[str, ...]) -> float:
        """The number from 0 to 1 under a key; the default when left out, or with a fault when it is not one."""
        value = raw.get(key, default)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
            return float(value)
        self.bad_value((*path, key), value, "0..1")
        return default
