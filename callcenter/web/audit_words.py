"""What a row of the audit log says: who did it, of what, and the details, in the visitor's words and local time."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime

from flask import g
from sqlalchemy import select

from callcenter.access.records import ApiToken, AuditEvent, User
from callcenter.directory.records import Contact
from callcenter.lines.records import Line
from callcenter.numbers import display
from callcenter.reports.records import ReportRecipient
from callcenter.web import formats, words
from callcenter.web.active_rota import name_of
from callcenter.web.locale import _, current, plural
from callcenter.web.locale import later as _l
from callcenter.web.page import now, read

# Who is no person.
_ACTORS: words.Words = {
    "clock": _l("callcenter itself"),
    "command line": _l("the command line"),
    "office account": _l("the log-in with the office account"),
    "demo": _l("the demo"),
    "CALLCENTER_ROTA": _l("the settings"),
    "Twilio": _l("the telephone company"),
    "unknown addresses": _l("somebody without a login"),
}
# Subjects without a number behind them.
_WHOLE: words.Words = {
    "lines": _l("lines"),
    "tokens": _l("API tokens"),
    "blocked": _l("blocked numbers"),
    "callbacks": _l("the callbacks"),
    "reports": _l("the month report"),
    "database": _l("the database"),
    "log-in": _l("the log-in page"),
    "privacy:forget": _l("what was stored of a number"),
    "privacy:export": _l("what was stored of a number"),
    "office account": _l("an office account"),
    "calls": _l("the calls"),
    "figures": _l("the figures"),
    "schools": _l("the schools"),
    "survey": _l("the survey"),
}
# What a detail is, before its value; without words the value speaks for itself.
_DETAILS: words.Words = {
    "account": _l("account"),
    "at": _l("for"),
    "before": _l("before that"),
    "by": _l("by"),
    "callbacks": _l("callbacks"),
    "calls": _l("calls"),
    "contacts": _l("contacts"),
    "days": _l("valid for"),
    "deed": _l("the deed"),
    "device": _l("browser"),
    "due_at": _l("call before"),
    "first": _l("from day"),
    "how": _l("by"),
    "last": _l("up to and including day"),
    "made_at": _l("made"),
    "messages": _l("messages"),
    "month": _l("month"),
    "number": _l("number"),
    "of": _l("of version"),
    "other": _l("other texts"),
    "owner": _l("to"),
    "passkey": _l("passkey"),
    "reason": _l("why"),
    "refused": _l("refused"),
    "requests": _l("requests"),
    "result": _l("result"),
    "role": _l("role"),
    "sessions_ended": _l("sessions ended"),
    "show": _l("list"),
    "shown": _l("rows shown"),
    "state": _l("presence"),
    "tokens": _l("tokens revoked"),
    "tries": _l("attempts"),
    "unknown": _l("addresses without a login"),
    "was": _l("was"),
}
_WAYS: words.Words = {
    "password": _l("password"),
    "password+code": _l("password and code"),
    "recovery code": _l("password and recovery code"),
    "office account": _l("office account"),
    "emergency code": _l("emergency code"),
}
_REFUSALS: words.Words = {
    "no_group": _l("in no group of ours"),
    "too_many_groups": _l("in too many groups"),
    "no_address": _l("no confirmed e-mail address"),
    "disabled": _l("the login was taken away"),
    "other_account": _l("the login belongs to another account"),
    "no_code": _l("not in the rota"),
}
_LISTS: words.Words = {
    "open": _l("open"),
    "overdue": _l("too late"),
    "risk": _l("due within the hour"),
    "unowned": _l("nobody's"),
    "closed": _l("closed"),
}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")


def actor(name: str) -> str:
    """Who did it: a person's address or name, a token's name, or what of callcenter it was."""
    token = re.fullmatch(r"(.+) \(token \d+\)", name)
    if token is not None:
        return _("%(name)s (API token)", name=token[1])
    source = re.fullmatch(r"source (\w+)", name)
    if source is not None:
        return _("a network (%(mark)s)", mark=source[1])
    return words.word(_ACTORS, name) if name in _ACTORS else name_of(name)


def subject(text: str) -> str:
    """Of what it was: `user:4` by the address of that login, and so on. What is gone since keeps its number."""
    if text in _WHOLE:
        return words.word(_WHOLE, text)
    kind, _sign, which = text.partition(":")
    name = _NAMED.get(kind)
    return name(which) if name is not None else text


def details(event: AuditEvent) -> str:
    """The details, each with its words: ` · to Bram Visser · before that Tim Kortekaas`. Empty without any."""
    said = (_detail(key, value) for key, value in event.detail.items() if value not in (None, ""))
    return "".join(f" · {one}" for one in said)


def _detail(key: str, value: object) -> str:
    return f"{words.word(_DETAILS, key)} {_value(key, value)}"


def _value(key: str, value: object) -> str:
    text = str(value)
    if key in _VALUES:
        return words.word(_VALUES[key], text)
    if key in ("owner", "before"):
        return name_of(text)
    if key == "days":
        return plural("%(num)s day", "%(num)s days", int(text)) if int(text) else _("for ever")
    if key in ("first", "last"):
        return formats.day(date.fromisoformat(text), current())
    if key == "by":
        return actor(text)
    if _INSTANT.fullmatch(text):
        return formats.moment(datetime.fromisoformat(text), now(), current())
    return text


_VALUES: Mapping[str, words.Words] = {
    "how": _WAYS,
    "reason": _REFUSALS,
    "show": _LISTS,
    "role": words.ROLES,
    "was": words.ROLES,
    "result": words.ATTEMPT_RESULTS,
    "state": words.PRESENCE,
}


def _stored(table: type[User] | type[ApiToken] | type[Line] | type[ReportRecipient], which: str) -> object | None:
    """A row that is named several times on a page is read once."""
    if not which.isdigit():
        return None
    known: dict[tuple[str, str], object | None] = g.setdefault("audited", {})
    key = (table.__tablename__, which)
    if key not in known:
        known[key] = read().get(table, int(which))
    return known[key]


def _user(which: str) -> str:
    found = _stored(User, which)
    return found.email if isinstance(found, User) else _("login %(number)s", number=which)


def _token(which: str) -> str:
    found = _stored(ApiToken, which)
    return _("API token %(name)s", name=found.name if isinstance(found, ApiToken) else which)


def _line(which: str) -> str:
    found = _stored(Line, which)
    return f"{display(found.number)} {found.name}" if isinstance(found, Line) else _("line %(number)s", number=which)


def _recipient(which: str) -> str:
    found = _stored(ReportRecipient, which)
    return found.address if isinstance(found, ReportRecipient) else _("a recipient who was removed")


def _school(which: str) -> str:
    own = Contact.id == int(which) if which.isdigit() else Contact.duo_code == which
    found = read().scalar(select(Contact).where(own).limit(1))
    return found.name if found is not None else _("school %(code)s", code=which)


def _prompt(which: str) -> str:
    key, _sign, language = which.partition(":")
    return _("text %(key)s, %(language)s", key=key, language=language.upper())


_NAMED: Mapping[str, Callable[[str], str]] = {
    "callback": lambda which: _("callback %(number)s", number=which),
    "consultant": name_of,
    "line": _line,
    "prompt": _prompt,
    "report_recipient": _recipient,
    "rota": lambda which: _("rota version %(number)s", number=which),
    "school": _school,
    "token": _token,
    "user": _user,
    "wall_link": lambda which: _("screen %(number)s", number=which),
    "voicemail": lambda which: _("message %(number)s", number=which),
}
