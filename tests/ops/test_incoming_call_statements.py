"""The first webhook of a call makes no REST request and few statements, with one commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, event

from callcenter.standin.twilio.signing import signature
from tests.support.town import LINE, PEOPLE, SCHOOL, MakeTown, Town

AT_MOST = 8
# The first call to a fresh database also reads the rota's files and inserts the consultants' states.
ONCE_MORE = 2
EVENING = datetime(2027, 6, 8, 18, 0, tzinfo=UTC)
WITHHELD = "+266696687"


@dataclass
class Work:
    """The database work of one request. BEGIN is sent by the engine on SQLite, by the driver on PostgreSQL."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0
    rollbacks: int = 0


@contextmanager
def watched(engine: Engine) -> Iterator[Work]:
    work = Work()

    def executed(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        work.statements.append(statement)

    def committed(_c: Any) -> None:
        work.commits += 1

    def rolled_back(_c: Any) -> None:
        work.rollbacks += 1

    hooks = (("before_cursor_execute", executed), ("commit", committed), ("rollback", rolled_back))
    for name, hook in hooks:
        event.listen(engine, name, hook)
    try:
        yield work
    finally:
        for name, hook in hooks:
            event.remove(engine, name, hook)


def ring(town: Town, sid: str, caller: str, **more: str) -> str:
    """One signed first webhook, as Twilio sends it. Returns its TwiML."""
    params = {
        "CallSid": sid,
        "AccountSid": town.lived.office.settings.twilio_account_sid,
        "From": caller,
        "To": LINE,
        "CallStatus": "ringing",
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
        **more,
    }
    token = town.lived.office.settings.twilio_auth_token.get_secret_value()
    address = "https://callcenter.example.nl/webhooks/voice"
    headers = {"X-Twilio-Signature": signature(token, address, params)}
    answer = town.lived.app.test_client().post("/webhooks/voice", data=params, headers=headers)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


KINDS: dict[str, dict[str, Any]] = {
    "a school": {"caller": SCHOOL},
    "unknown": {"caller": "+31201234567"},
    "forwarded by a consultant": {"caller": SCHOOL, "ForwardedFrom": PEOPLE["AIS"]},
    "forwarded in national form": {"caller": SCHOOL, "ForwardedFrom": "0620000001"},
    "forwarded by somebody else": {"caller": SCHOOL, "ForwardedFrom": "+31101234567"},
    "withheld": {"caller": WITHHELD},
    "our own leg": {"caller": LINE},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("first", [True, False], ids=["first-of-all", "later"])
def test_an_incoming_call_costs_few_statements_and_one_commit(
    a_town: MakeTown, engine: Engine, kind: str, first: bool
) -> None:
    town = a_town(caseload="05HL;;AIS")
    if not first:
        ring(town, "CA" + "1" * 32, "+31101111111")
    with watched(engine) as work:
        answer = ring(town, "CA" + "2" * 32, **KINDS[kind])

    assert "<Response>" in answer
    assert len(work.statements) <= AT_MOST + (ONCE_MORE if first else 0), work.statements
    assert (work.commits, work.rollbacks) == (1, 0)
    assert town.standin.rest.requests == {}


def test_a_call_after_hours_costs_few_statements_and_one_commit(a_town: MakeTown, engine: Engine) -> None:
    town = a_town(EVENING)
    with watched(engine) as work:
        answer = ring(town, "CA" + "2" * 32, SCHOOL)

    assert "We zijn nu gesloten" in answer
    assert len(work.statements) <= AT_MOST, work.statements
    assert (work.commits, work.rollbacks) == (1, 0)


def test_a_repeat_of_it_changes_nothing_and_says_the_same(a_town: MakeTown, engine: Engine) -> None:
    town = a_town()
    answer = ring(town, "CA" + "2" * 32, SCHOOL)
    with watched(engine) as work:
        assert ring(town, "CA" + "2" * 32, SCHOOL) == answer
    assert len(work.statements) <= AT_MOST
    assert work.commits == 0
    assert len(town.calls()) == 1


def test_nothing_is_asked_of_twilio_before_the_caller_has_the_first_words(a_town: MakeTown) -> None:
    town = a_town()
    ring(town, "CA" + "2" * 32, SCHOOL)
    assert town.standin.rest.requests == {}
    town.lived.dispatch()
    assert town.standin.rest.requests == {"create-call": 3}
