"""Withheld callers who key in numbers at the same instant get no more promises than the hour allows."""

from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import Engine, func, select

from callcenter.calls.call import Call
from callcenter.clock import VirtualClock
from callcenter.lines.records import Line
from callcenter.standin.stand_in import ACCOUNT_SID, AUTH_TOKEN
from callcenter.standin.twilio.signing import signature
from tests.support.callback_office import BASE, CallbackOffice
from tests.support.racing import race
from tests.support.traces import a_call

ALLOWED, CALLERS = 10, 16


@pytest.mark.postgres
def test_of_sixteen_at_once_ten_are_promised(
    postgresql_url: str, open_engine: Callable[[str], Engine], clock: VirtualClock
) -> None:
    office = CallbackOffice(open_engine(postgresql_url), clock)
    office.office.wake = lambda: None
    now = clock.now()
    live = {"outcome": None, "outcome_at": None, "ended_at": None, "counted": False, "wait_s": None}
    with office.sessions.begin() as session:
        line = session.scalars(select(Line)).one()
        calls = [a_call(line, now, None, f"CA{n:032}", state="message", stage="keying", **live) for n in range(CALLERS)]
        session.add_all(calls)
        session.flush()
        ids = [call.id for call in calls]

    def keys(n: int, call_id: int) -> int:
        path = f"/webhooks/call/{call_id}/keyed?turn=1&tries=0"
        params = {"AccountSid": ACCOUNT_SID, "CallSid": f"CA{n:032}", "Digits": f"06123456{n:02}"}
        headers = {"X-Twilio-Signature": signature(AUTH_TOKEN, f"{BASE}{path}", params)}
        return office.app.test_client().post(path, data=params, headers=headers).status_code

    assert race(*(partial(keys, n, call_id) for n, call_id in enumerate(ids))) == [200] * CALLERS
    with office.sessions() as session:
        keyed = select(func.count()).where(Call.keyed_number.is_not(None))
        assert session.scalar(keyed) == ALLOWED
        assert session.scalar(select(func.count()).where(Call.stage == "recording")) == CALLERS - ALLOWED
