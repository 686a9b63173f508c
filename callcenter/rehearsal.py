"""Is the code of a call at hand before the first caller is? Calls are rehearsed in an office that nobody knows.

The first call of a process would load modules, compile statements and read tables of numbers and holidays: half a
second of silence for a caller, and two until a mobile rings. So a process lives through a few calls first, with a
database of its own in a temporary folder. Nobody is rung, and nothing of it is kept.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session
from twilio.http.response import Response
from twilio.request_validator import RequestValidator

from callcenter.app import make_dispatcher
from callcenter.clock import VirtualClock
from callcenter.directory.records import Contact, ContactNumber
from callcenter.lines.register import add
from callcenter.numbers import parse, why_not_dialled
from callcenter.office import Office
from callcenter.rota import versions
from callcenter.routing import outcome
from callcenter.routing.arrival import arrive
from callcenter.routing.sweep import run_due
from callcenter.routing.transaction import CallTransaction, locked_call
from callcenter.storage.engine import make_engine, make_sessions
from callcenter.storage.tables import metadata
from callcenter.storage.totals import PendingTotals
from callcenter.telephony.dispatcher import Dispatcher
from callcenter.telephony.twilio_api import TwilioApi, make_client

# A Tuesday at ten: the office is open. In the evening of that day it is closed.
_MORNING = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
_EVENING = datetime(2027, 6, 8, 18, 0, tzinfo=UTC)
# Nobody is rung: what is ordered goes to nobody, see _SaysYes.
_LINE, _SCHOOL, _MOBILE = "+31850000000", "+31786140001", "+31620000099"
# The tables of a country's numbers are loaded with its first number.
_NEIGHBOURS = ("+3225550123", "+493012345678")
# Rung one by one, and so many at once: each number of rows has statements of its own.
_AT_ONCE = (1, 2, 3, 4)
_PEOPLE = ("AAA", "BBB", "CCC", "DDD", "EEE")


class RehearsalFailed(Exception):
    """A rehearsed request was not answered as it should be."""


def rehearse_requests(app: Flask, office: Office) -> None:
    """Answer Twilio's requests of a few calls. To be done before the app serves anybody: it works for others meanwhile.

    Raises RehearsalFailed, or whatever stops it, such as an OSError where there is no room for temporary files.
    """
    with _scratch(office) as scratch:
        kept = dict(app.extensions)
        app.extensions["callcenter"] = scratch
        app.extensions["callcenter_prompts"] = type(kept["callcenter_prompts"])()
        try:
            _live_through(_Requests(app, scratch), scratch)
        finally:
            app.extensions.update(kept)


def rehearse_orders(office: Office) -> None:
    """Carry out the orders of a call that is offered, looked at again and given up, to a Twilio that says yes."""
    with _scratch(office) as scratch:
        twilio = TwilioApi(make_client(office.settings, _SaysYes()))
        dispatcher = make_dispatcher(scratch, twilio)
        for at_once in _AT_ONCE:
            _load_rota(scratch, at_once)
            _offer_and_give_up(scratch, dispatcher, f"CA{at_once}")


def _offer_and_give_up(office: Office, dispatcher: Dispatcher, sid: str) -> None:
    assert isinstance(office.clock, VirtualClock)
    office.clock.advance(300)  # whoever was rung for the call before is free again
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
def _scratch(office: Office) -> Iterator[Office]:
    with tempfile.TemporaryDirectory(prefix="callcenter-") as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'rehearsal.db'}", durable=False)
        try:
            metadata().create_all(engine)
            sessions, clock = make_sessions(engine), VirtualClock(_MORNING)
            with sessions.begin() as session:
                _furnish(session)
            own = replace(office, clock=clock, engine=engine, sessions=sessions, totals=PendingTotals(), told={})
            own.wake = _wake_nobody
            _load_rota(own, 1)
            yield own
        finally:
            engine.dispose()


def _wake_nobody() -> None:
    return None


def _furnish(session: Session) -> None:
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
    """Twilio's requests to the app, signed."""

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


def _live_through(ask: _Requests, office: Office) -> None:
    clock = office.clock
    assert isinstance(clock, VirtualClock)
    # A school is put through, and talks.
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
    # Somebody we do not know leaves a message.
    recording = {"RecordingSid": "RE2", "RecordingUrl": "https://api.twilio.com/RE2", "RecordingDuration": "8"}
    ask("/webhooks/voice", "CA2", From=_MOBILE, CallStatus="ringing")
    ask("/webhooks/call/2/choice", "CA2", From=_MOBILE, Digits="2")
    ask("/webhooks/call/2/record", "CA2", From=_MOBILE)
    ask("/webhooks/call/2/recorded", "CA2", From=_MOBILE, **recording)
    ask("/webhooks/call/2/recording", "CA2", RecordingStatus="completed", **recording)
    ask("/webhooks/voice/status", "CA2", From=_MOBILE, CallStatus="completed")
    # Somebody who withholds the number wants to be called back, and somebody hangs up.
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
    # A consultant says something by text, and the line is closed.
    ask("/webhooks/sms", "", From="+31620000002", Body="bezet", MessageSid="SM1")
    clock.move_to(_EVENING)
    ask("/webhooks/voice", "CA5", From=_SCHOOL, CallStatus="ringing")
    ask("/webhooks/voice/status", "CA5", From=_SCHOOL, CallStatus="completed")


class _SaysYes:
    """Takes the place of the network under the library's client: every request is answered, and none leaves."""

    is_async, timeout = False, None

    def __init__(self) -> None:
        self._sids = 0

    def request(self, method: str, uri: str, *_: Any, **__: Any) -> Response:
        """Whatever is asked, a call was made of it."""
        self._sids += 1
        body: Mapping[str, object] = {"sid": f"CA{self._sids:032x}", "status": "queued", "calls": []}
        return Response(201 if method.upper() == "POST" else 200, json.dumps(body))
