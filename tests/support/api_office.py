"""An office with its API, `/metrics` and health checks, and builders for rows in its database."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from callcenter.access.tokens import create_token
from callcenter.api import register
from callcenter.calls.call import Call
from callcenter.clock import VirtualClock
from callcenter.directory.records import Contact, ContactNumber
from callcenter.lines.records import Line
from callcenter.office import Office
from callcenter.rota import versions
from callcenter.settings import Settings

LINE_NUMBER = "+31858880000"
ROTA = {
    "consultants.csv": (
        "code;name;mobile;email;regions;active_from;active_until\n"
        "AIS;Aïsha;06-20000001;;;;\n"
        "BRA;Bram;06-20000002;;;;\n"
        "CEM;Cem;06-20000003;;;;\n"
    ),
    "shifts.csv": (
        "consultant;days;from;to;every;anchor;valid_from;valid_until;role;note\n"
        "AIS;mon-fri;08:30;17:00;;;;;line;\n"
        "BRA;mon-fri;08:30;13:00;;;;;line;\n"
        "CEM;mon-fri;08:30;17:00;;;;;backup;\n"
    ),
    "exceptions.csv": "id;kind;consultant;from;to;substitute;note;by\n",
    "policy.toml": (
        'zone = "Europe/Amsterdam"\n[open]\nmon-fri = ["08:30-17:00"]\n'
        '[closed_days]\ngood_friday = "open"\nliberation_day = "lustrum"\n'
    ),
}
_numbers = itertools.count(1)


def rota_files(**changed: str) -> dict[str, bytes]:
    """The sample rota's files, some of them changed: `shifts="…"`."""
    files = dict(ROTA)
    for name, text in changed.items():
        files["policy.toml" if name == "policy" else f"{name}.csv"] = text
    return {name: text.encode() for name, text in files.items()}


def a_line(session: Session, now: datetime, number: str = LINE_NUMBER) -> Line:
    """A public line."""
    line = Line(number=number, name="RBL", created_at=now)
    session.add(line)
    session.flush()
    return line


def a_school(session: Session, now: datetime, code: str = "05HL00", number: str = "+31786140001") -> Contact:
    """A school with one number."""
    school = Contact(
        kind="school",
        source="duo_primary",
        duo_code=code,
        brin=code[:4],
        name=f"obs De Wegwijzer {code}",
        place="Dordrecht",
        municipality="Dordrecht",
        rmc_region="Zuid-Holland-Zuid",
        updated_at=now,
        numbers=[ContactNumber(number=number, source="duo_primary")],
    )
    session.add(school)
    session.flush()
    return school


def a_call(session: Session, line: Line, received_at: datetime, outcome: str | None = "answered", **more: Any) -> Call:
    """A call in opening hours that is over, unless `outcome` is None or `more` overrides it."""
    ended = received_at + timedelta(seconds=90)
    number = next(_numbers)
    values: dict[str, Any] = {
        "call_sid": f"CA{number:032x}",
        "line_id": line.id,
        "from_number": f"+3178614{number % 10000:04d}",
        "group": "school",
        "received_at": received_at,
        "in_hours": outcome != "closed",
        "state": "ended" if outcome else "ringing",
        "stage": "ended" if outcome else "hunting",
        "ended_at": ended if outcome else None,
        "outcome": outcome,
        "outcome_at": ended if outcome else None,
        "counted": outcome not in (None, "closed", "rejected"),
        "answered_by": "AIS" if outcome == "answered" else None,
        "wait_s": 12.0 if outcome else None,
        "talk_s": 60.0 if outcome == "answered" else None,
        "last_event_at": ended,
    } | more
    if values["counted"]:
        values.setdefault("in_time", outcome == "answered" and values["wait_s"] <= 30)
    call = Call(**values)
    session.add(call)
    session.flush()
    return call


def an_office(sessions: sessionmaker[Session], clock: VirtualClock, **settings: str) -> Office:
    """An office on a database, with settings of no real account."""
    given = {
        "CALLCENTER_PUBLIC_URL": "https://callcenter.example.nl",
        "CALLCENTER_SECRET_KEY": "a secret of sixteen characters",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "0" * 32,
        **settings,
    }
    return Office(Settings.model_validate(given), clock, sessions.kw["bind"], sessions)


def an_app(office: Office) -> Flask:
    """A Flask app with the API, `/metrics` and the health checks only."""
    app = Flask("office")
    app.extensions["callcenter"] = office
    register(app)
    return app


@dataclass
class Door:
    """A client of one office's API, with a team lead's token."""

    sessions: sessionmaker[Session]
    clock: VirtualClock
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.office = an_office(self.sessions, self.clock, **self.settings)
        self.app = an_app(self.office)
        self.client: FlaskClient = self.app.test_client()
        with self.sessions.begin() as session:
            self.token = create_token(session, self.clock.now(), "lead", name="a lead")

    def token_of(self, consultant: str) -> str:
        """A new token of this consultant."""
        with self.sessions.begin() as session:
            return create_token(session, self.clock.now(), "consultant", consultant)

    def load_rota(self, **changed: str) -> None:
        """Load the sample rota as the active version."""
        with self.sessions.begin() as session:
            versions.load(session, rota_files(**changed), "a test", self.clock.now())

    def ask(self, method: str, path: str, token: str | None = None, **more: Any) -> Any:
        """A request to the API; `token` defaults to the team lead's."""
        headers = {"Authorization": f"Bearer {token or self.token}", **more.pop("headers", {})}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **more)

    def get(self, path: str, token: str | None = None) -> Any:
        """The JSON of a GET that must succeed."""
        answer = self.ask("GET", path, token)
        assert answer.status_code == 200, answer.text
        return answer.json
