"""A parent with a withheld number is rung back and later asks to be erased: no trace of the number is left."""

import logging
import re

import pytest
from sqlalchemy import func, select

from callcenter.callbacks import hearing, one_press
from callcenter.calls.call import Call
from callcenter.calls.records import Voicemail
from callcenter.privacy.erase import forget
from callcenter.rota import versions
from callcenter.standin.people.scripts import PhoneScript, press
from tests.support.town import LINE, MakeTown, Town
from tests.support.traces import dump

PARENT = "+31612345678"
SPOKEN = "drie vier, vijf zes, zeven acht"  # as the line reads it back
TRACE = re.compile(rf"612345678|{SPOKEN}")


def outcomes(town: Town) -> list[tuple[str | None, bool, int]]:
    with town.session() as session:
        columns = (Call.outcome, Call.counted)
        rows = session.execute(select(*columns, func.count()).group_by(*columns).order_by(*columns))
        return [(outcome, counted, number) for outcome, counted, number in rows]


def traces(town: Town) -> list[str]:
    with town.session() as session:
        return [line for line in dump(session) if TRACE.search(line)]


def test_a_caller_who_asks_to_be_forgotten_leaves_no_trace(a_town: MakeTown, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="callcenter")
    caplog.set_level(logging.DEBUG, logger="webhooks")
    town = a_town()
    steps = [press("0612345678#", when="heard:Toets uw nummer", after_s=8)]
    town.somebody(None).dials(LINE, script=steps)
    town.live()
    town.somebody(PARENT).dials(LINE, message=8)
    town.live()
    (callback,) = town.callbacks()
    town.mobile("AIS").follows(PhoneScript(after_s=3, steps=(press("1", at_s=4),), talk_s=60))
    town.standin.phone(PARENT).answers_after(4, talks_s=40)
    with town.sessions.begin() as session:
        message = session.scalars(select(Voicemail.id)).one()
        hearing.listened(session, message, "AIS", "AIS", town.clock.now())
        active = versions.active(session)
        assert active is not None
        one_press.press(session, active[1], callback.id, "AIS", town.clock.now(), "AIS")
    town.lived.office.wake()
    town.standin.run_for(5)
    town.live()
    assert town.callbacks()[0].state == "reached"
    assert any(SPOKEN in trace for trace in traces(town))
    before = outcomes(town)

    forget(town.sessions, PARENT, town.clock.now(), "lead")
    town.live()

    assert traces(town) == []
    assert outcomes(town) == before
    assert town.standin.exchange.recordings.by_sid == {}
    assert TRACE.search(caplog.text) is None
