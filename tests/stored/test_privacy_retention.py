"""Each kind of data is erased after its period and not before; data that is still needed stays."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from callcenter.access.records import AuditEvent
from callcenter.callbacks.records import Callback
from callcenter.calls.call import Call
from callcenter.calls.records import CallDecision, Voicemail, VoicemailAudio
from callcenter.clock import VirtualClock
from callcenter.privacy.effects import DeleteRecording
from callcenter.privacy.retention import BATCH, KINDS, periods
from callcenter.telephony.records import OutboxMessage, Receipt
from callcenter.telephony.twilio_api import TwilioApi
from schedules import retention
from tests.support.promises import an_office, at
from tests.support.traces import a_life_of

NOW = at("8 08:00")
Sessions = sessionmaker[Session]


@pytest.fixture
def ids(sessions: Sessions) -> dict[str, int]:
    with sessions.begin() as session:
        return a_life_of(session, an_office(session, NOW), NOW)


def after(sessions: Sessions, days: float) -> dict[str, int]:
    """Run the job this many days later."""
    return retention.run(sessions, VirtualClock(NOW + timedelta(days=days)))


def rows(sessions: Sessions, table: type[DeclarativeBase]) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def the(sessions: Sessions, table: type[Any], key: object) -> Any:
    with sessions() as session:
        return session.get_one(table, key)


def close(sessions: Sessions, callback_id: int, at_: datetime) -> None:
    with sessions.begin() as session:
        callback = session.get_one(Callback, callback_id)
        callback.state, callback.closed_at = "reached", at_


def test_a_fresh_caller_is_left_alone(sessions: Sessions, ids: dict[str, int]) -> None:
    assert sum(after(sessions, 0.9).values()) == 0


def test_receipts_go_after_a_week(sessions: Sessions, ids: dict[str, int]) -> None:
    after(sessions, 6.9)
    assert rows(sessions, Receipt) == 3
    after(sessions, 7.1)
    assert rows(sessions, Receipt) == 0


def test_a_message_stays_while_its_callback_is_open_and_goes_four_weeks_after_it_came(
    sessions: Sessions, ids: dict[str, int]
) -> None:
    after(sessions, 40)
    assert the(sessions, Voicemail, ids["message"]).state == "stored"
    close(sessions, ids["callback"], NOW + timedelta(days=41))
    after(sessions, 41)
    assert the(sessions, Voicemail, ids["message"]).state == "erased"
    assert rows(sessions, VoicemailAudio) == 0


def test_sound_that_outlived_its_message_goes_within_a_day_though_the_callback_is_open(
    sessions: Sessions, ids: dict[str, int]
) -> None:
    with sessions.begin() as session:
        session.get_one(Voicemail, ids["message"]).state = "erased"
    after(sessions, 0.9)
    assert rows(sessions, VoicemailAudio) == 1
    after(sessions, 1.1)
    assert rows(sessions, VoicemailAudio) == 0


def test_callers_are_forgotten_after_a_quarter_and_the_calls_stay(sessions: Sessions, ids: dict[str, int]) -> None:
    after(sessions, 89)
    assert the(sessions, Call, ids["call"]).from_number is not None
    after(sessions, 91)
    call = the(sessions, Call, ids["call"])
    assert (call.from_number, call.caller_name, call.contact_id, call.outcome) == (None, None, None, "voicemail")
    assert rows(sessions, CallDecision) == 0


def test_a_callback_forgets_its_caller_a_quarter_after_closing_and_never_while_open(
    sessions: Sessions, ids: dict[str, int]
) -> None:
    close(sessions, ids["callback"], NOW + timedelta(days=10))
    after(sessions, 99)
    assert the(sessions, Callback, ids["callback"]).note is not None
    after(sessions, 101)
    callback = the(sessions, Callback, ids["callback"])
    assert (callback.number, callback.note, callback.caller_name, callback.state) == (None, None, None, "reached")
    assert the(sessions, Callback, ids["other"]).number is not None


def test_calls_go_after_three_years_and_the_audit_log_after_two(sessions: Sessions, ids: dict[str, int]) -> None:
    after(sessions, 731)
    assert rows(sessions, AuditEvent) == 0
    assert rows(sessions, Call) == 3
    after(sessions, 1096)
    assert rows(sessions, Call) == 0


def test_more_than_one_batch_goes_in_one_run(sqlite_sessions: Sessions) -> None:
    with sqlite_sessions.begin() as session:
        session.add_all([Receipt(key=str(n), received_at=NOW, status=204, body="") for n in range(2 * BATCH + 1)])
    assert after(sqlite_sessions, 8)["receipts"] == 2 * BATCH + 1
    assert rows(sqlite_sessions, Receipt) == 0


def test_a_recording_is_asked_for_daily_until_twilio_confirms(sessions: Sessions, ids: dict[str, int]) -> None:
    def orders() -> list[OutboxMessage]:
        with sessions() as session:
            kind = OutboxMessage.kind == "delete_recording"
            return list(session.scalars(select(OutboxMessage).where(kind).order_by(OutboxMessage.id)))

    after(sessions, 1.1)
    after(sessions, 1.2)
    assert len(orders()) == 1
    with sessions.begin() as session:
        session.get_one(OutboxMessage, orders()[0].id).state = "failed"
    after(sessions, 2.2)
    assert len(orders()) == 2
    with sessions.begin() as session:
        order = session.get_one(OutboxMessage, orders()[1].id)
        done = DeleteRecording(TwilioApi.__new__(TwilioApi))
        assert done.is_needed(session, order, NOW)
        done.record_result(session, order, None, NOW + timedelta(days=3))
        order.state = "done"
    after(sessions, 4)
    assert len(orders()) == 2
    assert the(sessions, Voicemail, ids["message"]).deleted_at_twilio_at is not None


def test_every_kind_has_a_period_and_a_reason() -> None:
    assert len(periods()) == len(KINDS)
    for kind in KINDS:
        assert kind.days > 0
        assert len(kind.why) > 20


def test_the_docs_name_every_kind_with_its_period() -> None:
    text = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text(encoding="utf-8")
    for name, days in periods().items():
        assert f"| {name} | {days} | " in text
