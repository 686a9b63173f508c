"""The board says so when callers reach nobody, and why; it never says then that all goes well."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, update

from callcenter.callbacks.records import Callback, CallbackAttempt, PromisedTime
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.records import CallDecision
from callcenter.clock import VirtualClock
from callcenter.office import Office
from callcenter.rota import versions
from tests.web.conftest import LogIn
from tests.web.seed import LEAD, ROTA, a_call

# The day after the seeded one, when its gap at noon has passed.
WEDNESDAY = datetime(2027, 6, 9, 11, 0, tzinfo=UTC)
ALL_IS_WELL = "Niets: het gaat goed."


@pytest.fixture
def quiet(office: Office) -> Office:
    """The office on a day on which nothing has to be done and nobody has called."""
    assert isinstance(office.clock, VirtualClock)
    office.clock.move_to(WEDNESDAY)
    with office.sessions.begin() as session:
        session.execute(update(Call).values(callback_id=None, ended_at=Call.received_at))
        for record in (CallbackAttempt, PromisedTime, Callback):
            session.execute(delete(record))
    return office


def calls(office: Office, *outcomes: str, legs: tuple[str, ...] = (), decision: str | None = None) -> None:
    """Callers at half past twelve, each with these legs and this decision."""
    at = WEDNESDAY - timedelta(minutes=30)
    with office.sessions.begin() as session:
        for number, outcome in enumerate(outcomes):
            call = a_call(70_000 + number, at + timedelta(seconds=number), outcome, wait_s=30.0)
            session.add(call)
            session.flush()
            if decision:
                session.add(CallDecision(call_id=call.id, at=at, title=decision, reasons=[]))
            for result in legs if outcome != "answered" else ():
                session.add(
                    Leg(
                        call_id=call.id,
                        consultant="BRA",
                        tier="anyone",
                        state="ended",
                        offered_at=at,
                        ring_timeout_s=18,
                        ended_at=at,
                        expires_at=at,
                        result=result,
                    )
                )


def test_a_quiet_day_goes_well(quiet: Office, log_in: LogIn) -> None:
    assert ALL_IS_WELL in log_in(LEAD).get("/").text


def test_an_open_line_without_anybody_on_duty_is_not_well(quiet: Office, log_in: LogIn) -> None:
    """A policy that wants nobody on duty has no gap in its rota."""
    nobody = {"shifts.csv": "consultant;days;from;to\n", "policy.toml": "min_on_duty = 0\n" + ROTA["policy.toml"]}
    with quiet.sessions.begin() as session:
        files = {name: text.encode() for name, text in (ROTA | nobody).items() if name != "exceptions.csv"}
        versions.load(session, files, "team lead", WEDNESDAY - timedelta(days=1))
    page = log_in(LEAD).get("/").text
    assert "Niemand is nu oproepbaar." in page
    assert ALL_IS_WELL not in page


def test_schools_that_could_only_leave_a_message_are_callers_who_reached_nobody(quiet: Office, log_in: LogIn) -> None:
    calls(quiet, *["voicemail"] * 14, legs=("voicemail",))
    page = log_in(LEAD).get("/").text
    assert ALL_IS_WELL not in page
    assert page.count(">14 bellers bereikten niemand</a>") == 2
    assert "bij een doel van 88% mogen dat er 1 van 14 zijn" in page
    assert "14 × een voicemail nam op" in page


def test_one_caller_of_two_who_reached_nobody_is_not_well_either(quiet: Office, log_in: LogIn) -> None:
    calls(quiet, "answered", "callback_requested", decision="message: exhausted")
    page = log_in(LEAD).get("/").text
    assert ALL_IS_WELL not in page
    assert "1 × niemand in dienst" in page


def test_as_many_as_the_goal_allows_are_well(quiet: Office, log_in: LogIn) -> None:
    calls(quiet, *["answered"] * 9, "missed")
    assert ALL_IS_WELL in log_in(LEAD).get("/").text
