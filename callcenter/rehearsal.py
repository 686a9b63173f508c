"""Rehearses calls in a temporary database before a process serves its first caller.

The first call of a process loads modules, compiles statements and reads tables of numbers and holidays: half a second
of silence for the caller, and two seconds until a mobile rings. A rehearsal does that work in advance. It makes no
requests to Twilio, and its database is deleted afterwards.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from twilio.http.response import Response
from twilio.request_validator import RequestValidator

from callcenter.app import make_dispatcher
from callcenter.calls.leg import Leg
from callcenter.clock import VirtualClock
from callcenter.directory.records import Contact, ContactNumber
from callcenter.lines.register import add
from callcenter.numbers import parse, why_not_dialled
from callcenter.office import Office
from callcenter.rota import versions
from callcenter.routing import outcome
from callcenter.routing.answer import note_status
from callcenter.routing.arrival import arrive
from callcenter.routing.sweep import run_due
from callcenter.routing.transaction import CallTransaction, locked_call, locked_leg
from callcenter.storage.engine import make_engine, make_sessions
from callcenter.storage.tables import metadata
from callcenter.telephony.dispatcher import Dispatcher
from callcenter.telephony.twilio_api import TwilioApi, make_client

# A Tuesday. At ten local time the office is open, in the evening it is closed.
_MORNING = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
_EVENING = datetime(2027, 6, 8, 18, 0, tzinfo=UTC)
# No number is dialled: see _AcceptingHttpClient.
_LINE, _SCHOOL, _MOBILE = "+31850000000", "+31786140001", "+31620000099"
# `phonenumbers` loads a country's table with its first number.
_NEIGHBOURS = ("+3225550123", "+493012345678")
# How many mobiles are rung at once. Each number of rows has its own prepared statements.
_AT_ONCE = (1, 2, 3, 4)
_PEOPLE = ("AAA", "BBB", "CCC", "DDD", "EEE")


class RehearsalFailed(Exception):
    """A rehearsed request received an unexpected answer."""


def rehearse_requests(app: Flask, office: Office) -> None:
    """Let the app answer the webhooks of a few calls.

    Call it before the app serves requests, because it replaces the app's office meanwhile. Raises RehearsalFailed, or
    any other error, such as OSError when there is no room for temporary files.
    """
    with _temporary_office(office) as temporary:
        extensions = dict(app.extensions)
        app.extensions["callcenter"] = temporary
        app.extensions["callcenter_prompts"] = type(extensions["callcenter_prompts"])()
        try:
            _rehearse_calls(_Requests(app, temporary), temporary)
        finally:
            app.extensions.update(extensions)


def rehearse_orders(office: Office) -> None:
    """Carry out the orders of calls that ring mobiles and end unanswered. An HTTP client accepts every request."""
    with _temporary_office(office) as temporary:
        twilio = TwilioApi(make_client(office.settings, _AcceptingHttpClient()))
        dispatcher = make_dispatcher(temporary, twilio)
        for at_once in _AT_ONCE:
            _load_rota(temporary, at_once)
            _offer_and_give_up(temporary, dispatcher, f"CA{at_once}")


def _offer_and_give_up(office: Office, dispatcher: Dispatcher, sid: str) -> None:
    assert isinstance(office.clock, VirtualClock)
    office.clock.advance(300)  # consultants rung for the previous call are free again
    now = office.clock.now()
    with office.sessions.begin() as session:
        received = arrive(CallTransaction(session, now), {"CallSid": sid, "From": _SCHOOL, "To": _LINE})
        assert received.call is not None
        call_id = received.call.id
    if not dispatcher.run_due():
        raise RehearsalFailed("nobody was rung")
    run_due(office.sessions, now)
    with office.sessions.begin() as session:
        work = CallTransaction(session, now)
        outcome.finish(work, locked_call(work, call_id))
    dispatcher.run_due()
    with office.sessions.begin() as session:  # a mobile is rung again only when its leg has ended
        work = CallTransaction(session, now)
        for leg_id in session.scalars(select(Leg.id).where(Leg.call_id == call_id)).all():
            leg, call = locked_leg(work, leg_id)
            note_status(work, call, leg, "canceled")


def _load_rota(office: Office, at_once: int) -> None:
    people = "".join(f"{code};{code};+3162000000{n};Rijnmond\n" for n, code in enumerate(_PEOPLE, 1))
    shifts = "".join(f"{code};mon-fri;08:30;17:00;line\n" for code in _PEOPLE)
    policy = (
        '[open]\nmon-fri = ["08:30-17:00"]\n[closed_days]\ngood_friday = "open"\nliberation_day = "open"\n'
        f'[[hunt.tier]]\nname = "region"\nwho = "region"\nring_s = 20\nat_once = {at_once}\n'
        f'[[hunt.tier]]\nname = "anyone"\nwho = "anyone"\nring_s = 20\nat_once = {at_once}\n'
    )
    files = {
        "consultants.csv": f"code;name;mobile;regions\n{people}",
        "shifts.csv": f"consultant;days;from;to;role\n{shifts}",
        "policy.toml": policy,
    }
    with office.sessions.begin() as session:
        now = office.clock.now()
        versions.load(session, {name: text.encode() for name, text in files.items()}, "rehearsal", now)


@contextmanager
def _temporary_office(office: Office) -> Iterator[Office]:
    with tempfile.TemporaryDirectory(prefix="callcenter-") as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'rehearsal.db'}", durable=False)
        try:
            metadata().create_all(engine)
            sessions, clock = make_sessions(engine), VirtualClock(_MORNING)
            with sessions.begin() as session:
                _add_line_and_school(session)
            own = Office(office.settings, clock, engine, sessions)
            _load_rota(own, 1)
            yield own
        finally:
            engine.dispose()


def _add_line_and_school(session: Session) -> None:
    add(session, _LINE, "rehearsal", _MORNING)
    school = Contact(
        kind="school",
        source="duo_primary",
        duo_code="00AA00",
        brin="00AA",
        name="obs De Repetitie",
        place="Dordrecht",
        municipality="Dordrecht",
        municipality_code="0505",
        rmc_region="Rijnmond",
        rmc_region_code="29",
        digest="",
        updated_at=_MORNING,
    )
    school.numbers.append(ContactNumber(number=_SCHOOL, source="duo_primary"))
    session.add(school)
    for number in _NEIGHBOURS:
        why_not_dialled(parse(number), ("NL", "BE", "DE"))


class _Requests:
    """Sends webhooks to the app, signed like Twilio's."""

    def __init__(self, app: Flask, office: Office) -> None:
        self._client = app.test_client()
        self._settings = office.settings
        self._validator = RequestValidator(office.settings.auth_tokens[0])

    def __call__(self, path: str, sid: str, **params: str) -> None:
        whole = {
            "AccountSid": self._settings.twilio_account_sid,
            "CallSid": sid,
            "To": _LINE,
            "CallStatus": "in-progress",
            **params,
        }
        signed = self._validator.compute_signature(f"{self._settings.public_url}{path}", whole)
        answer = self._client.post(path, data=whole, headers={"X-Twilio-Signature": signed})
        if answer.status_code not in (200, 204):
            raise RehearsalFailed(f"{path} was answered {answer.status_code}")


def _rehearse_calls(ask: _Requests, office: Office) -> None:
    clock = office.clock
    assert isinstance(clock, VirtualClock)
    # A school is connected, and talks.
    ask("/webhooks/voice", "CA1", From=_SCHOOL, CallStatus="ringing")
    ask("/webhooks/call/1/hold", "CA1", From=_SCHOOL)
    for status in ("initiated", "ringing"):
        ask("/webhooks/leg/1/status", "CL1", CallStatus=status)
    clock.advance(4)
    ask("/webhooks/leg/1/screen", "CL1")
    ask("/webhooks/leg/1/key?turn=1", "CL1", Digits="1")
    ask("/webhooks/call/1/resume", "CA1", From=_SCHOOL)
    ask("/webhooks/call/1/connect", "CA1", From=_SCHOOL)
    clock.advance(30)
    ask("/webhooks/leg/1/status", "CL1", CallStatus="completed")
    ask("/webhooks/call/1/talked", "CA1", From=_SCHOOL)
    ask("/webhooks/call/1/survey", "CA1", From=_SCHOOL, Digits="1")
    ask("/webhooks/voice/status", "CA1", From=_SCHOOL, CallStatus="completed")
    # An unknown caller leaves a message.
    recording = {"RecordingSid": "RE" + "2" * 32, "RecordingDuration": "8"}
    ask("/webhooks/voice", "CA2", From=_MOBILE, CallStatus="ringing")
    ask("/webhooks/call/2/choice", "CA2", From=_MOBILE, Digits="2")
    ask("/webhooks/call/2/record", "CA2", From=_MOBILE)
    ask("/webhooks/call/2/recorded", "CA2", From=_MOBILE, **recording)
    ask("/webhooks/call/2/recording", "CA2", RecordingStatus="completed", **recording)
    ask("/webhooks/voice/status", "CA2", From=_MOBILE, CallStatus="completed")
    # A caller with a withheld number asks for a callback, and another one hangs up.
    ask("/webhooks/voice", "CA3", From="anonymous", CallStatus="ringing")
    ask("/webhooks/call/3/choice", "CA3", From="anonymous", Digits="1")
    ask("/webhooks/call/3/keyed", "CA3", From="anonymous", Digits="0620000098")
    ask("/webhooks/voice/status", "CA3", From="anonymous", CallStatus="completed")
    ask("/webhooks/voice", "CA4", From=_MOBILE, CallStatus="ringing")
    clock.advance(20)
    ask("/webhooks/voice/status", "CA4", From=_MOBILE, CallStatus="completed")
    for at_once in _AT_ONCE:
        _load_rota(office, at_once)
        for caller in (_SCHOOL, _MOBILE):
            clock.advance(300)
            ask("/webhooks/voice", f"CA{at_once}{caller}", From=caller, CallStatus="ringing")
            ask("/webhooks/voice/status", f"CA{at_once}{caller}", From=caller, CallStatus="completed")
    # A consultant changes presence by text message, and then the line is closed.
    ask("/webhooks/sms", "", From="+31620000002", Body="bezet", MessageSid="SM1")
    clock.move_to(_EVENING)
    ask("/webhooks/voice", "CA5", From=_SCHOOL, CallStatus="ringing")
    ask("/webhooks/voice/status", "CA5", From=_SCHOOL, CallStatus="completed")


class _AcceptingHttpClient:
    """Replaces the network below the library's client: it accepts every request and sends none."""

    is_async, timeout = False, None

    def __init__(self) -> None:
        self._sids = 0

    def request(self, method: str, uri: str, *_: Any, **__: Any) -> Response:
        """Answer as if a call had been created."""
        self._sids += 1
        body: Mapping[str, object] = {"sid": f"CA{self._sids:032x}", "status": "queued", "calls": []}
        return Response(201 if method.upper() == "POST" else 200, json.dumps(body))
