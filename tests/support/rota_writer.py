"""Writes a rota as its five files, in English. Reading them gives the same rota."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import date

from callcenter.rota.minutes import DAY_MIN
from callcenter.rota.model import DayRule, Moment, Policy, Profile, Rota, Shift, Window
from callcenter.rota.reading.cells import clock

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def write_files(rota: Rota) -> dict[str, bytes]:
    """File name to UTF-8 bytes, all five files."""
    return {
        "consultants.csv": _table(
            "code;name;mobile;email;regions;active_from;active_until",
            (
                (c.code, c.name, c.mobile, c.email, ",".join(c.regions), _day(c.active_from), _day(c.active_until))
                for c in rota.consultants.values()
            ),
        ),
        "shifts.csv": _table(
            "consultant;days;from;to;every;anchor;valid_from;valid_until;role;note;night",
            (_shift(shift) for shift in rota.shifts),
        ),
        "exceptions.csv": _table(
            "id;kind;consultant;from;to;substitute;note;by",
            (
                (e.id, e.kind, e.consultant, _moment(e.first), _moment(e.last), e.substitute, e.note, e.by)
                for e in rota.exceptions
            ),
        ),
        "caseload.csv": _table(
            "school;municipality;consultant", ((c.school, c.municipality, c.consultant) for c in rota.caseload)
        ),
        "policy.toml": _policy(rota.policy).encode(),
    }


def _table(header: str, rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(header.split(";"))
    writer.writerows(rows)
    return out.getvalue().encode()


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _moment(moment: Moment | None) -> str:
    if moment is None:
        return ""
    return moment.day.isoformat() if moment.minute is None else f"{moment.day.isoformat()} {clock(moment.minute)}"


def _shift(shift: Shift) -> tuple[str, ...]:
    night = shift.end > DAY_MIN
    return (
        shift.consultant,
        ",".join(_DAYS[day] for day in sorted(shift.days)),
        clock(shift.start),
        clock(shift.end - DAY_MIN if night else shift.end),
        str(shift.every) if shift.every > 1 else "",
        _day(shift.anchor),
        _day(shift.valid_from),
        _day(shift.valid_until),
        shift.role,
        shift.note,
        "yes" if night else "",
    )


def _window(window: Window) -> str:
    return f"{clock(window.start)}-{clock(window.end)}"


def _rule(rule: DayRule) -> str:
    if rule.kind == "until":
        return f"until {clock(rule.until)}"
    return _window(rule.hours[0]) if rule.kind == "hours" else rule.kind


def _profile(profile: Profile) -> list[str]:
    return [f"{_DAYS[day]} = {json.dumps([_window(w) for w in windows])}" for day, windows in sorted(profile.items())]


def _policy(policy: Policy) -> str:
    lines = [f"zone = {json.dumps(policy.zone)}", f"min_on_duty = {policy.min_on_duty}", "[open]"]
    lines += _profile(policy.open)
    lines += ["[closed_days]", f"liberation_day = {json.dumps(policy.liberation_day)}"]
    lines += [f"{name} = {json.dumps(_rule(rule))}" for name, rule in policy.holidays.items()]
    lines += [f"{day.isoformat()} = {json.dumps(_rule(rule))}" for day, rule in policy.dates.items()]
    if policy.vacation is not None:
        lines += ["[vacation]", f"regions = {json.dumps(list(policy.vacation.regions))}"]
        lines += [f"rule = {json.dumps(policy.vacation.rule)}", "[vacation.open]", *_profile(policy.vacation.open)]
    lines += ["[hunt]", f"cap_s = {policy.hunt.cap_s}", f"wrap_up_s = {policy.hunt.wrap_up_s}"]
    for tier in policy.hunt.tiers:
        lines += ["[[hunt.tier]]", f"name = {json.dumps(tier.name)}", f"who = {json.dumps(tier.who)}"]
        lines += [f"ring_s = {tier.ring_s}", f"at_once = {tier.at_once}"]
    for name, section in (("presence", policy.presence), ("callbacks", policy.callbacks), ("figures", policy.figures)):
        lines.append(f"[{name}]")
        fields = section.__dataclass_fields__
        lines += [f"{key} = {_value(getattr(section, key))}" for key in fields]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    return json.dumps(list(value) if isinstance(value, tuple) else value)
