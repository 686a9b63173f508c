"""A whole office in the stand-in's world for journeys, with people and telephones by name."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from callcenter.callbacks.records import Callback
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.records import CallDecision
from callcenter.clock import VirtualClock
from callcenter.directory.records import Contact, ContactNumber
from callcenter.lines.register import add
from callcenter.rota import versions
from callcenter.settings import Settings
from callcenter.standin.faults import FaultRule
from callcenter.standin.log import Webhook
from callcenter.standin.people.callers import Caller
from callcenter.standin.people.phones import Phone
from callcenter.standin.stand_in import Dialling
from callcenter.standin.twilio.signing import signature
from callcenter.storage.records import MetricTotal
from tests.support.invariants import bad_twiml
from tests.support.product import MortalOffice

LINE = "+31858880000"
LINE_2 = "+31858880002"
SCHOOL = "+31786140001"
PEOPLE = {"AIS": "+31620000001", "BRA": "+31620000002", "CEM": "+31620000003"}
_NAMES = {"AIS": "Aïsha S.", "BRA": "Bram V.", "CEM": "Cem Ö."}
_POLICY = """
[open]
mon-fri = ["08:30-17:00"]
[closed_days]
good_friday = "open"
liberation_day = "lustrum"
2027-12-24 = "until 15:00"
"""
# The shortest hunt: one tier that rings everybody on duty at once. Journeys that need another hunt pass their own.
ANYONE = """
[[hunt.tier]]
name = "anyone"
who = "anyone"
ring_s = 20
at_once = 3
"""
TUESDAY_MORNING = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)


class Town:
    """An office with three consultants, one line and one known school, behind the stand-in's Twilio."""

    def __init__(
        self,
        engine: Engine,
        at: datetime = TUESDAY_MORNING,
        *,
        faults: tuple[FaultRule, ...] = (),
        policy: str = ANYONE,
        on_duty: tuple[str, ...] = tuple(PEOPLE),
        backup: tuple[str, ...] = (),
        caseload: str = "",
        regions: Mapping[str, str] = MappingProxyType({}),
        lines: tuple[str, ...] = (LINE,),
        **standin: object,
    ) -> None:
        self.clock = VirtualClock(at)
        self.lived = MortalOffice(_settings(), self.clock, engine, faults=faults, **standin)
        self.standin = self.lived.standin
        # No journey here is about reminders; a longer interval makes the tests faster.
        self.lived.turns(callbacks=300)
        self.sessions = self.lived.office.sessions
        self.may_refuse_documents = False  # set by a journey in which Twilio refuses a document on purpose
        self.lines, self.mobiles = lines, frozenset(PEOPLE.values())
        self.loaded_at: list[datetime] = []  # when each rota after the first was loaded
        self.spoken_for: set[str] = set()  # consultants who changed their presence
        self._rota = partial(_rota, on_duty=on_duty, backup=backup, policy=policy, caseload=caseload, regions=regions)
        with self.sessions.begin() as session:
            for number in lines:
                self.standin.line(number)
                add(session, number, "RBL", at)
            versions.load(session, self._rota(), "test", at)
            _a_school(session, at)

    # Arranging

    def mobile(self, code: str) -> Phone:
        """A consultant's mobile. Nobody answers it until the test scripts it."""
        return self.standin.phone(PEOPLE[code])

    def answers(self, code: str, after: float = 4, press_after: float = 2) -> Phone:
        """Let a consultant pick up and press 1; both times in seconds."""
        return self.mobile(code).answers_after(after).presses("1", after=press_after)

    def another_line(self, number: str) -> str:
        """One more public number of the same office."""
        self.lines = (*self.lines, number)
        self.standin.line(number)
        with self.sessions.begin() as session:
            add(session, number, "RBL", self.clock.now())
        return number

    def load_rota(self, **changed: Any) -> None:
        """Load another rota while calls are in progress. changed: `on_duty`, `policy`, `people`, …"""
        with self.sessions.begin() as session:
            versions.load(session, self._rota(**changed), "test", self.clock.now())
        self.loaded_at.append(self.clock.now())

    def says(self, code: str, words: str) -> None:
        """Let a consultant send a text message about his or her presence: `bezet 30`, `beschikbaar`."""
        self.spoken_for.add(code)
        self.mobile(code).sends(words, to=self.lines[0])

    def somebody(self, number: str | None = SCHOOL) -> Dialling:
        """A caller who is about to ring; None withholds the number."""
        return self.standin.caller(number)

    def live(self, tail_s: float = 60) -> None:
        """Let virtual time pass until every call is over, and `tail_s` seconds more."""
        self.standin.settle(tail_s=tail_s)
        self.lived.write_totals()

    def live_until_all_is_mended(self) -> None:
        """`live`, and on until the sweep ended lost calls (after 5 minutes) and Twilio's list was read twice."""
        self.live(tail_s=30)
        self.lived.turns(sweep=60)
        self.live(tail_s=670)

    # Looking

    def session(self) -> Session:
        """A session for reading."""
        return self.sessions()

    def calls(self) -> list[Call]:
        """All calls, in order."""
        with self.sessions() as session:
            return list(session.scalars(select(Call).order_by(Call.id)))

    def call(self) -> Call:
        """The only call there was."""
        (call,) = self.calls()
        return call

    def legs(self) -> dict[str, str | None]:
        """The result of each consultant's last leg."""
        with self.sessions() as session:
            return {leg.consultant: leg.result for leg in session.scalars(select(Leg).order_by(Leg.id))}

    def callbacks(self) -> list[Callback]:
        """All callbacks, in order."""
        with self.sessions() as session:
            return list(session.scalars(select(Callback).order_by(Callback.id)))

    def heard(self, caller: Caller) -> str:
        """Everything that was said to a caller, in order."""
        return " | ".join(entry.text for entry in caller.call.heard if entry.what == "say")

    def decisions(self) -> list[tuple[str, dict[str, str]]]:
        """The decisions of all calls in order: the step, and each consultant's reason."""
        with self.sessions() as session:
            rows = session.scalars(select(CallDecision).order_by(CallDecision.id))
            return [(row.title, {why["consultant"]: why["reason"] for why in row.reasons}) for row in rows]

    def offers(self) -> list[str]:
        """The consultants in the order in which they were rung."""
        with self.sessions() as session:
            return list(session.scalars(select(Leg.consultant).order_by(Leg.id)))

    def totals(self, name: str) -> float:
        """A counter over all its labels."""
        with self.sessions() as session:
            return sum(session.scalars(select(MetricTotal.value).where(MetricTotal.name == name)))

    def figures(self) -> dict[tuple[str, str], float]:
        """Every total about calls, by name and labels, without those about webhooks, Twilio requests and jobs."""
        self.lived.write_totals()
        with self.sessions() as session:
            rows = session.execute(select(MetricTotal.name, MetricTotal.labels, MetricTotal.value))
            return {
                (name, labels): value
                for name, labels, value in rows
                if not name.startswith(("callcenter_webhook", "callcenter_twilio", "callcenter_job"))
            }

    def webhooks(self) -> list[Webhook]:
        """Every request that reached the product, in order."""
        found = [webhook for call in self.standin.calls for webhook in call.webhooks]
        return sorted(found, key=lambda webhook: webhook.at)

    def sends(self, path: str, params: Mapping[str, str]) -> int:
        """Send a request as Twilio does, signed; returns the status of the answer."""
        settings = self.lived.office.settings
        whole = {"AccountSid": settings.twilio_account_sid, **params}
        token = settings.twilio_auth_token.get_secret_value()
        headers = {"X-Twilio-Signature": signature(token, f"{settings.public_url}{path}", whole)}
        return self.lived.app.test_client().post(path, data=whole, headers=headers).status_code

    def page(self, path: str, **headers: str) -> str:
        """The text of an address of the product, requested from this machine."""
        answer = self.lived.app.test_client().get(path, headers=headers)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.get_data(as_text=True)


def _settings() -> Settings:
    return Settings(
        CALLCENTER_PUBLIC_URL="https://callcenter.example.nl",
        CALLCENTER_SECRET_KEY="only-for-these-tests",
        TWILIO_ACCOUNT_SID="AC" + "5" * 32,
        TWILIO_AUTH_TOKEN="only-for-these-tests",
        _env_file=None,
    )


def _rota(
    *,
    on_duty: tuple[str, ...],
    backup: tuple[str, ...],
    policy: str,
    caseload: str,
    regions: Mapping[str, str],
    people: tuple[str, ...] = tuple(PEOPLE),
) -> dict[str, bytes]:
    rows = "".join(f"{code};{_NAMES[code]};{PEOPLE[code]};{regions.get(code, '')}\n" for code in people)
    shifts = "".join(f"{code};mon-fri;08:30;17:00;line\n" for code in on_duty if code in people)
    shifts += "".join(f"{code};mon-fri;08:30;17:00;backup\n" for code in backup if code in people)
    files = {
        "consultants.csv": f"code;name;mobile;regions\n{rows}",
        "shifts.csv": f"consultant;days;from;to;role\n{shifts}",
        "policy.toml": _POLICY + policy,
    }
    if caseload:
        files["caseload.csv"] = f"school;municipality;consultant\n{caseload}\n"
    return {name: text.encode() for name, text in files.items()}


def _a_school(session: Session, now: datetime) -> None:
    school = Contact(
        kind="school",
        source="duo_primary",
        duo_code="05HL00",
        brin="05HL",
        name="obs De Wegwijzer",
        place="Dordrecht",
        municipality="Dordrecht",
        municipality_code="0505",
        rmc_region="Zuid-Holland-Zuid",
        rmc_region_code="30",
        digest="",
        updated_at=now,
    )
    school.numbers.append(ContactNumber(number=SCHOOL, source="duo_primary"))
    session.add(school)


MakeTown = Callable[..., Town]


def _maker(engine: Engine) -> Iterator[MakeTown]:
    made: list[Town] = []

    def make(*args: object, **named: object) -> Town:
        made.append(Town(engine, *args, **named))  # type: ignore[arg-type]
        return made[-1]

    yield make
    # Every document of every journey must be one that Twilio accepts.
    for town in made:
        assert town.may_refuse_documents or bad_twiml(town) == []


@pytest.fixture
def a_town(engine: Engine) -> Iterator[MakeTown]:
    """Makes a town on a fresh database: the test runs once on SQLite and once on PostgreSQL."""
    yield from _maker(engine)


@pytest.fixture
def a_small_town(sqlite_engine: Engine) -> Iterator[MakeTown]:
    """Makes a town on SQLite alone, for journeys whose point is not the database."""
    yield from _maker(sqlite_engine)
