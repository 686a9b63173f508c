"""Which numbers has the team lead set? Checked against their type and range, defaults where left out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from callcenter.rota.model import Callbacks, Figures, Hunt, Presence, Source
from callcenter.rota.reading.faults import Fault, fault

_COUNTRY = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


class Faults:
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


@dataclass(frozen=True)
class Numbers:
    """The sections that hold plain numbers; the hunt without its tiers."""

    min_on_duty: int
    presence: Presence
    hunt: Hunt
    callbacks: Callbacks
    figures: Figures


# Whole numbers: section, key and range. A day has 1440 minutes; a call's cap is at most an hour.
_RANGES: dict[str, dict[str, tuple[int, int]]] = {
    "presence": {
        "pause_min": (1, 1440),
        "busy_min": (1, 240),
        "no_answer_after": (1, 100),
        "no_answer_pause_min": (0, 1440),
        "min_available": (0, 1000),
    },
    "hunt": {"cap_s": (5, 3600), "wrap_up_s": (0, 3600)},
    "callbacks": {
        "missed_min": (0, 100_000),
        "voicemail_min": (0, 100_000),
        "requested_min": (0, 100_000),
        "attempts": (1, 100),
    },
    "figures": {"abandon_grace_s": (0, 600), "service_level_s": (1, 3600)},
}
_MORE_KEYS = {"hunt": ("tier",), "callbacks": ("countries",), "figures": ("target", "baseline")}
_DEFAULTS = {"presence": Presence(), "hunt": Hunt(), "callbacks": Callbacks(), "figures": Figures()}


def read_numbers(faults: Faults, raw: Mapping[str, Any]) -> Numbers:
    """The number sections of a policy; faults are noted and take the default."""
    values: dict[str, dict[str, Any]] = {}
    tables = {section: faults.table(raw, section) for section in _RANGES}
    for section, ranges in _RANGES.items():
        faults.known(tables[section], (*ranges, *_MORE_KEYS.get(section, ())), section)
        values[section] = {
            key: faults.number(
                tables[section], key, getattr(_DEFAULTS[section], key), (section,), least=least, most=most
            )
            for key, (least, most) in ranges.items()
        }
    figures, default = tables["figures"], Figures()
    return Numbers(
        faults.number(raw, "min_on_duty", 1, (), least=0, most=1000),
        Presence(**values["presence"]),
        Hunt(**values["hunt"]),
        Callbacks(**values["callbacks"], countries=_countries(faults, tables["callbacks"])),
        Figures(
            **values["figures"],
            target=faults.share(figures, "target", default.target, ("figures",)),
            baseline=faults.share(figures, "baseline", default.baseline, ("figures",)),
        ),
    )


def _countries(faults: Faults, raw: Mapping[str, Any]) -> tuple[str, ...]:
    value = raw.get("countries", list(Callbacks().countries))
    good = isinstance(value, list) and all(
        isinstance(code, str) and len(code) == 2 and _COUNTRY.issuperset(code) for code in value
    )
    if good and value:
        return tuple(value)
    faults.bad(("callbacks", "countries"), value, '["NL", "BE"]')
    return Callbacks().countries
