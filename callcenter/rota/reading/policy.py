"""Reads the policy file into values, with a fault for each key and value that is wrong."""

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from callcenter.officecsv import UnreadableCsv, decode
from callcenter.plaintext import cleaned, odd_character
from callcenter.rota.minutes import DAY_MIN, load_zone
from callcenter.rota.model import HOLIDAYS, DayRule, Hunt, Policy, Profile, Source, Tier, Vacation, Who, Window
from callcenter.rota.reading.cells import clock, parse_date, parse_days, parse_time, parse_window
from callcenter.rota.reading.faults import Fault, fault
from callcenter.rota.reading.policy_keys import PolicyFaults, key_lines
from callcenter.rota.reading.policy_numbers import read_numbers
from callcenter.rota.reading.toml_words import in_dutch
from callcenter.rota.vacations import REGIONS

_DUTCH_HOLIDAYS = (
    "nieuwjaar",
    "goede_vrijdag",
    "tweede_paasdag",
    "koningsdag",
    "bevrijdingsdag",
    "hemelvaart",
    "tweede_pinksterdag",
    "eerste_kerstdag",
    "tweede_kerstdag",
)
_HOLIDAY_KEYS = dict(zip((*HOLIDAYS, *_DUTCH_HOLIDAYS), HOLIDAYS * 2, strict=True))
_LIBERATION = {"lustrum": "lustrum", "every_year": "every_year", "elk_jaar": "every_year", "open": "open"}
_RULES = {"all": "all", "alle": "all", "any": "any", "een_van": "any"}
_KEYS = (
    *("zone", "min_on_duty", "open", "closed_days", "vacation"),
    *("presence", "hunt", "callbacks", "figures", "limits", "survey"),
)
_WHO = ("preferred", "region", "anyone", "backup")
_LONGEST_NAME = 32  # of a tier: the width of its columns
# What is expected, in English and in Dutch.
_DAY_RULE = ('"closed", "open", "until 15:00", "09:00-12:00"', '"dicht", "open", "tot 15:00", "09:00-12:00"')
_PROFILE = ('mon-fri = ["08:30-17:00"]', 'ma-vr = ["08:30-17:00"]')
_DAYS = (", ".join((*HOLIDAYS, "2027-05-07")), ", ".join((*_DUTCH_HOLIDAYS, "2027-05-07")))


def read_policy(file: str, data: bytes, *, strict: bool = True) -> tuple[Policy | None, list[Fault]]:
    """The policy in a file's bytes, or None when it is not TOML at all; and every fault in it.

    A policy with faults may be used only to find more faults. strict: as in `read_files`.
    """
    try:
        text = decode(data, strict=strict)
    except UnreadableCsv as error:
        if error.cause == "character":
            return None, [fault("odd_character", Source(file, error.line))]
        return None, [fault("unreadable", Source(file, 1), value="UTF-8")]
    try:
        raw = tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = int(at[1]) if at else max(1, len(text.splitlines()))
        return None, [fault("bad_toml", Source(file, line), value=error, value_nl=in_dutch(str(error)))]
    reader = _Reader(file, key_lines(text))
    reader.strict = strict
    return reader.policy(raw), reader.found


def _can_be_stored(name: str) -> bool:
    return odd_character(name) is None and len(name.strip()) <= _LONGEST_NAME


class _Reader(PolicyFaults):
    """Reads one policy and collects its faults."""

    strict = True

    def policy(self, raw: Mapping[str, Any]) -> Policy:
        self.check_keys(raw, _KEYS)
        if "open" not in raw:
            self.fault("missing_key", (), value="[open]")
        holidays, liberation, dates = self._closed_days(self.table(raw, "closed_days"))
        numbers = read_numbers(self, raw)
        hunt = self.table(raw, "hunt")
        tiers = self._tiers(hunt)
        return Policy(
            zone=self._zone(raw.get("zone", "Europe/Amsterdam")),
            min_on_duty=numbers.min_on_duty,
            open=self._profile(self.table(raw, "open"), ("open",)),
            holidays=holidays,
            liberation_day=cast(Any, liberation),
            dates=dates,
            vacation=self._vacation(self.table(raw, "vacation")) if "vacation" in raw else None,
            presence=numbers.presence,
            hunt=Hunt(numbers.hunt.cap_s, numbers.hunt.wrap_up_s, tiers) if tiers is not None else numbers.hunt,
            callbacks=numbers.callbacks,
            figures=numbers.figures,
            limits=numbers.limits,
            survey=numbers.survey,
            file=self.file,
            lines=self.lines,
        )

    def _zone(self, value: Any) -> str:
        if isinstance(value, str) and load_zone(value) is not None:
            return value
        self.fault("zone_unknown", ("zone",), value=value)
        return "Europe/Amsterdam"

    def _profile(self, raw: Mapping[str, Any], path: tuple[str, ...]) -> Profile:
        """The opening windows by weekday; the keys are days, ranges or lists of days."""
        profile: dict[int, tuple[Window, ...]] = {}
        for key, value in raw.items():
            days = parse_days(key)
            if isinstance(days, str):
                self.fault("unknown_weekday", (*path, key), value=key)
                continue
            windows = self._windows(value, (*path, key))
            for day in sorted(days):
                if day in profile:
                    self.fault("day_twice", (*path, key), value=key)
                    break
                profile[day] = windows
        return profile

    def _windows(self, value: Any, path: tuple[str, ...]) -> tuple[Window, ...]:
        if not isinstance(value, list):
            self.bad_value(path, value, *_PROFILE)
            return ()
        windows: list[Window] = []
        for text in value:
            window = parse_window(text) if isinstance(text, str) else None
            if window is None:
                self._bad_window(path, text)
            else:
                if window.end == DAY_MIN - 1:
                    self.fault("minute_lost", path)
                windows.append(window)
        return tuple(windows)

    def _bad_window(self, path: tuple[str, ...], text: Any) -> None:
        pieces = re.split(r"\s*[-–]\s*", text.strip()) if isinstance(text, str) else []
        times = [parse_time(piece, end=True) for piece in pieces]
        if len(times) != 2:
            self.bad_value(path, text, '"08:30-17:00"')
        elif times[0] is None or times[1] is None or times[0] == DAY_MIN:
            self.fault("bad_time", path, value=text)
        elif times[0] == times[1]:
            self.fault("empty_window", path, value=text)
        else:
            self.fault("end_before_start", path, start=clock(times[0]), end=clock(times[1]))

    def _closed_days(self, raw: Mapping[str, Any]) -> tuple[dict[str, DayRule], str, dict[date, DayRule]]:
        holidays: dict[str, DayRule] = {}
        dates: dict[date, DayRule] = {}
        liberation: str | None = None
        named: set[str] = set()
        for key, value in raw.items():
            path = ("closed_days", key)
            day, name = parse_date(key), _HOLIDAY_KEYS.get(key, "")
            if day is None and not name:
                code = "unknown_key" if not key[:1].isdigit() else "bad_date"
                self.fault(code, path, value=key, known=_DAYS[0], known_nl=_DAYS[1])
                continue
            if name in named or day in dates:
                self.fault("name_twice", path, value=key)
            named.add(name) if name else None
            if name == "liberation_day":
                liberation = _LIBERATION.get(value) if isinstance(value, str) else None
                if liberation is None:
                    self.bad_value(path, value, '"lustrum", "every_year", "open"', '"lustrum", "elk_jaar", "open"')
                continue
            rule = self._day_rule(path, value)
            if day is not None:
                dates[day] = rule
            else:
                holidays[name] = rule
        for name in ("good_friday", "liberation_day"):
            if name not in named:
                self.fault(f"{name}_not_chosen", ("closed_days",))
        return holidays, liberation or "lustrum", dates

    def _day_rule(self, path: tuple[str, ...], value: Any) -> DayRule:
        text = value.strip().lower() if isinstance(value, str) else ""
        if text in ("closed", "dicht"):
            return DayRule("closed")
        if text == "open":
            return DayRule("open")
        if match := re.fullmatch(r"(?:until|tot)\s+(\S+)", text):
            minute = parse_time(match[1], end=True)
            if minute is not None:
                return DayRule("until", until=minute)
            self.fault("bad_time", path, value=match[1])
        elif "-" in text and text[:1].isdigit():
            window = parse_window(text)
            if window is not None:
                return DayRule("hours", hours=(window,))
            self._bad_window(path, text)
        else:
            self.bad_value(path, value, *_DAY_RULE)
        return DayRule("closed")

    def _vacation(self, raw: Mapping[str, Any]) -> Vacation | None:
        self.check_keys(raw, ("regions", "rule", "open"), "vacation")
        for key in ("regions", "open"):
            if key not in raw:
                self.fault("missing_key", ("vacation",), value=f"vacation.{key}")
        regions = self._regions(raw.get("regions", []))
        value = raw.get("rule", "all")
        rule = _RULES.get(value) if isinstance(value, str) else None
        if rule is None:
            self.bad_value(("vacation", "rule"), value, '"all", "any"', '"alle", "een_van"')
        profile = self._profile(self.table(raw, "open", "vacation"), ("vacation", "open"))
        return Vacation(regions, cast(Any, rule or "all"), profile)

    def _regions(self, value: Any) -> tuple[str, ...]:
        path = ("vacation", "regions")
        expected = ", ".join(f'"{region}"' for region in REGIONS)
        names = {region.lower(): region for region in REGIONS}
        if not isinstance(value, list) or ("vacation.regions" in self.lines and not value):
            self.bad_value(path, value, f"[{expected}]")
            return ()
        found: dict[str, None] = {}
        for region in value:
            name = names.get(region.lower()) if isinstance(region, str) else None
            if name is None:
                self.bad_value(path, region, expected)
            else:
                found[name] = None
        return tuple(found)

    def _tiers(self, hunt: Mapping[str, Any]) -> tuple[Tier, ...] | None:
        """The tiers that the policy names; None when it names none."""
        if "tier" not in hunt:
            return None
        raw = hunt["tier"]
        if not isinstance(raw, list) or not all(isinstance(tier, dict) for tier in raw):
            self.bad_value(("hunt", "tier"), raw, "[[hunt.tier]]")
            return None
        tiers = tuple(self._tier(index, tier) for index, tier in enumerate(raw))
        for index, tier in enumerate(tiers):
            if tier.name in {earlier.name for earlier in tiers[:index]}:
                self.fault("name_twice", ("hunt", "tier", str(index), "name"), value=tier.name)
        if not any(tier.who in ("anyone", "backup") for tier in tiers):
            self.fault("no_final_tier", ("hunt", "tier"))
        return tiers

    def _tier(self, index: int, raw: Mapping[str, Any]) -> Tier:
        path = ("hunt", "tier", str(index))
        self.check_keys(raw, ("name", "who", "ring_s", "at_once"), *path)
        who = typed = raw.get("who", raw.get("name"))
        if who not in _WHO:
            self.bad_value((*path, "who"), who, ", ".join(f'"{known}"' for known in _WHO))
            who = "anyone"
        name = raw.get("name", typed)
        if not isinstance(name, str) or not cleaned(name).strip() or (self.strict and not _can_be_stored(name)):
            self.bad_value((*path, "name"), name, '"region"')
            name = str(who)
        ring_s = self.number(raw, "ring_s", 20, path, least=1, most=600)
        at_once = self.number(raw, "at_once", 1, path, least=1, most=50)
        return Tier(cleaned(name).strip()[:_LONGEST_NAME], cast(Who, who), ring_s, at_once)
