"""Reads the numbers of a policy and checks their type and range. A number that is left out has its default."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callcenter.rota.model import Callbacks, Figures, Hunt, Limits, Presence, Survey
from callcenter.rota.reading.policy_keys import PolicyFaults

_COUNTRY = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


@dataclass(frozen=True)
class Numbers:
    """The sections that hold numbers; the hunt without its tiers."""

    min_on_duty: int
    presence: Presence
    hunt: Hunt
    callbacks: Callbacks
    figures: Figures
    limits: Limits
    survey: Survey


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
    # At least 1: a limit is no way to close the line to somebody.
    "limits": {
        "number_unanswered": (1, 10_000),
        "contact_unanswered": (1, 10_000),
        "withheld_unanswered": (1, 10_000),
        "withheld_at_once": (1, 1000),
        "number_keyed": (1, 100),
        "withheld_keyed": (1, 1000),
        "callers_rung": (1, 1_000_000),
        "colleagues_rung": (1, 1_000_000),
    },
}
_MORE_KEYS = {"hunt": ("tier",), "callbacks": ("countries",), "figures": ("target", "baseline")}
_DEFAULTS = {"presence": Presence(), "hunt": Hunt(), "callbacks": Callbacks(), "figures": Figures(), "limits": Limits()}


def read_numbers(faults: PolicyFaults, raw: Mapping[str, Any]) -> Numbers:
    """The number sections of a policy. A wrong number adds a fault and becomes its default."""
    values: dict[str, dict[str, Any]] = {}
    tables = {section: faults.table(raw, section) for section in _RANGES}
    for section, ranges in _RANGES.items():
        faults.check_keys(tables[section], (*ranges, *_MORE_KEYS.get(section, ())), section)
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
        Limits(**values["limits"]),
        _survey(faults, faults.table(raw, "survey")),
    )


def _survey(faults: PolicyFaults, raw: Mapping[str, Any]) -> Survey:
    default = Survey()
    faults.check_keys(raw, ("rate", "texts"), "survey")
    texts = raw.get("texts", default.texts)
    if not isinstance(texts, bool):
        faults.bad_value(("survey", "texts"), texts, "true, false")
        texts = default.texts
    return Survey(faults.share(raw, "rate", default.rate, ("survey",)), texts)


def _countries(faults: PolicyFaults, raw: Mapping[str, Any]) -> tuple[str, ...]:
    value = raw.get("countries", list(Callbacks().countries))
    good = isinstance(value, list) and all(
        isinstance(code, str) and len(code) == 2 and _COUNTRY.issuperset(code) for code in value
    )
    if good and value:
        return tuple(value)
    faults.bad_value(("callbacks", "countries"), value, '["NL", "BE"]')
    return Callbacks().countries
