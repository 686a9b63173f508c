"""On which line of a TOML file does a key stand? The standard reader does not say."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from callcenter.rota.model import Source
from callcenter.rota.reading.faults import Fault, fault

_TABLE = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_PART = re.compile(r""""[^"]*"|'[^']*'|[\w-]+""")
# Keys of an inline table: after its brace or a comma, on the key's own line.
_INLINE = re.compile(r"""[{,]\s*("[^"]*"|'[^']*'|[\w-]+)\s*=""")


def _parts(path: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(path)]


def key_lines(text: str) -> dict[str, int]:
    """Dotted key path to line, from 1; the elements of an array of tables are numbered: `hunt.tier.0.name`.

    A plain scan of lines: a key inside a text of several lines would be taken for one, which only moves a fault's
    line number.
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
        """Note a fault at a key, or at the nearest table above it that the file has."""
        parts = list(path)
        while parts and ".".join(parts) not in self.lines:
            parts.pop()
        line = self.lines[".".join(parts)] if parts else 1
        self.found.append(fault(code, Source(self.file, line), **values))

    def bad(self, path: Iterable[str], value: object, expected: str) -> None:
        """Note a value that is not among the expected ones."""
        parts = tuple(path)
        self.fault("bad_value", parts, key=".".join(parts), value=repr(value), known=expected)

    def known(self, raw: Mapping[str, Any], keys: Iterable[str], *path: str) -> None:
        """Note every key that does not exist."""
        allowed = tuple(keys)
        for key in raw:
            if key not in allowed:
                self.fault("unknown_key", (*path, key), value=".".join((*path, key)), known=", ".join(allowed))

    def table(self, raw: Mapping[str, Any], key: str, *path: str) -> Mapping[str, Any]:
        """The table under a key; empty when left out or when it is something else, which is noted."""
        value = raw.get(key, {})
        if isinstance(value, dict):
            return value
        self.bad((*path, key), value, f"[{key}]")
        return {}

    def number(
        self, raw: Mapping[str, Any], key: str, default: int, path: tuple[str, ...], *, least: int, most: int
    ) -> int:
        """A whole number in a range."""
        value = raw.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.bad((*path, key), value, f"{least}..{most}")
        return default

    def share(self, raw: Mapping[str, Any], key: str, default: float, path: tuple[str, ...]) -> float:
        """A number from 0 to 1."""
        value = raw.get(key, default)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
            return float(value)
        self.bad((*path, key), value, "0..1")
        return default
