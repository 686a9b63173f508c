"""Whatever a page is sent, by anybody who may open it, it answers in words: 4xx, never 500."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.routing import Rule

from callcenter.access.users import add_user
from callcenter.app import make_app, make_office
from callcenter.clock import VirtualClock
from callcenter.office import Office
from tests.support import hostile
from tests.support.soak import at_length
from tests.web.conftest import a_setting, token_of
from tests.web.seed import CONSULTANT, NOW, PASSWORD, Seeded, seed

WEB = Path(__file__).parents[2] / "callcenter" / "web"
EVERYBODY = "chef@rbl.example"
# How a view reads a field of a form or a part of a query.
_READ = re.compile(
    r"""(?:args|form|values|query)(?:\.get(?:list)?\(|\[)"(\w+)"|(?:typed_\w+|_date)\("(\w+)"|name="(\w+)"""
)
# What a visitor would send: the other fields of a form, while one is hostile.
ORDINARY = {
    "number": "0612345678",
    "note": "belt terug",
    "do": "due",
    "due_at": "2027-06-08T14:00",
    "at": "2027-06-08T14:00",
    "because": "dubbel",
    "reason": "dubbel",
    "result": "no_answer",
    "state": "busy",
    "minutes": "10",
    "days": "7",
    "email": CONSULTANT,
    "role": "lead",
    "key": "goodbye",
    "language": "nl",
    "locale": "nl",
    "name": "RBL",
    "code": "05WE00",
    "id": "1",
    "voicemail": "1",
}
ACTIONS = ("due", "hand_over", "cancel", "appoint", "attempt", "note", "call", "reopen", "revoke", "enable", "new")
# Ends the session of every later request, and reads no field.
LEFT_OUT = {"login.leave", "static"}


@dataclass
class Served:
    """The app on one database, and a client who may open every page. failed: what was answered with 500 or more."""

    app: Flask
    client: FlaskClient
    token: str
    ids: Seeded
    failed: list[str]

    def send(self, method: str, path: str, **more: Any) -> None:
        """Send one request, and keep what fails."""
        headers = {"Referer": "http://localhost/mijn-login", **more.pop("headers", {})}
        answer = self.client.open(path, method=method, headers=headers, **more)
        if answer.status_code >= 500:
            self.failed.append(f"{method} {path[:80]} {str(more)[:120]}: {answer.status_code}")

    def rules(self) -> Iterator[tuple[Rule, str]]:
        """Every address of the pages, with each of its methods."""
        for rule in self.app.url_map.iter_rules():
            if not rule.rule.startswith(("/api/", "/webhooks/")) and rule.endpoint not in LEFT_OUT:
                yield from ((rule, method) for method in sorted((rule.methods or set()) & {"GET", "POST"}))

    def address(self, rule: Rule, **changed: str) -> str:
        """An address of this rule that exists, with some of its parts changed."""
        ordinary = {
            "callback_id": str(self.ids.plain),
            "call_id": str(self.ids.missed),
            "voicemail_id": str(self.ids.voicemail),
            "number": "1",
            "code": "05WE00",
            "key": "goodbye",
            "locale": "nl",
            "language": "nl",
            "seconds": "3",
            "filename": "callcenter.css",
        }
        found = rule.rule
        for name in rule.arguments:
            part = quote(changed.get(name, ordinary.get(name, "1")), safe="", errors="surrogatepass")
            found = re.sub(rf"<(?:\w+:)?{name}>", part, found)
        return found


@pytest.fixture
def served(engine: Engine) -> Served:
    """On both databases."""
    office = make_office(a_setting(str(engine.url)), VirtualClock(NOW), engine)
    with office.sessions.begin() as session:
        ids = seed(session)
    return _served(office, ids)


@pytest.fixture
def served_small(office: Office, seeded: Seeded) -> Served:
    """On SQLite alone, for what never reaches the database."""
    return _served(office, seeded)


def _served(office: Office, ids: Seeded) -> Served:
    with office.sessions.begin() as session:
        add_user(session, NOW, EVERYBODY, "admin", PASSWORD, "CEM")
    app = make_app(office)
    client = app.test_client()
    token = token_of(client, "/inloggen")
    form = {"email": EVERYBODY, "password": PASSWORD, "csrf_token": token}
    assert client.post("/inloggen", data=form).status_code == 303
    return Served(app, client, token_of(client, "/"), ids, [])


def fields_of(app: Flask, rule: Rule) -> list[str]:
    """The names that the module of a view and its templates read, as far as the source says them."""
    view = inspect.unwrap(app.view_functions[rule.endpoint])
    if not hasattr(view, "__code__") or not (source := Path(view.__code__.co_filename)).is_relative_to(WEB):
        return ["unknown"]
    text = source.read_text()
    text += "".join((WEB / "templates" / name).read_text() for name in re.findall(r'"(\w+\.html)"', text))
    found = {next(filter(None, groups)) for groups in _READ.findall(text)}
    return sorted((found | {"unknown", "next", "cursor"}) - {"csrf_token", "viewport", "password"})


def every_nth(values: tuple[Any, ...], start: int, how_many: int) -> tuple[Any, ...]:
    """`how_many` of the values, each time others."""
    return tuple(values[(start + n * 7) % len(values)] for n in range(min(how_many, len(values))))


@pytest.mark.soak
def test_no_field_of_any_page_makes_it_fail(served: Served) -> None:
    turn = 0
    for rule, method in served.rules():
        for field in fields_of(served.app, rule):
            # A log-in costs a tenth of a second, on purpose.
            how_many = at_length(2, len(hostile.VALUES)) if rule.endpoint != "login.enter" else 1
            for value in every_nth(hostile.VALUES, turn, how_many):
                turn += 1
                if method == "GET":
                    served.send("GET", served.address(rule), query_string=_query({**ORDINARY, field: value}))
                else:
                    form = {**ORDINARY, "do": ACTIONS[turn % len(ACTIONS)], field: value, "csrf_token": served.token}
                    served.send("POST", served.address(rule), data=_query(form), content_type=FORM)
    assert served.failed == []
    assert turn > 400


FORM = "application/x-www-form-urlencoded"


def _query(values: dict[str, str]) -> str:
    return "&".join(f"{quote(name)}={quote(value, safe='', errors='surrogatepass')}" for name, value in values.items())


@pytest.mark.soak
def test_no_address_with_an_odd_part_makes_a_page_fail(served: Served) -> None:
    tried = 0
    for rule, method in served.rules():
        for name in rule.arguments:
            for value in every_nth(hostile.VALUES, tried, at_length(8, len(hostile.VALUES))):
                tried += 1
                if value and "/" not in value:
                    served.send(method, served.address(rule, **{name: value}), data={"csrf_token": served.token})
    assert served.failed == []
    assert tried > 100


@pytest.mark.soak
def test_no_bytes_and_no_header_make_a_page_fail(served_small: Served) -> None:
    served = served_small
    for turn, (rule, method) in enumerate(served.rules()):
        path, token = served.address(rule), f"csrf_token={served.token}&".encode()
        if rule.endpoint == "login.enter":
            continue
        for raw in every_nth(hostile.RAW, turn, at_length(2, len(hostile.RAW))):
            served.send("GET", path, environ_overrides={"QUERY_STRING": raw.decode("latin-1")})
            if method == "POST":
                served.send("POST", path, data=token + raw, content_type=FORM)
        for headers in every_nth(hostile.HEADERS, turn, at_length(3, len(hostile.HEADERS))):
            served.send(method, path, headers={"X-CSRFToken": served.token, **headers}, data=b"a" * 5)
    assert served.failed == []
