"""SQLAlchemy's log and events, and an error tracker with its defaults, see every statement."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.integrations.flask import FlaskIntegration
from sentry_sdk.integrations.sqlalchemy import SqlalchemyIntegration
from sentry_sdk.transport import Transport
from sqlalchemy import Engine, event, select

from callcenter.calls.leg import Leg
from tests.support.town import LINE, SCHOOL, MakeTown, Town

SID = "CA" + "2" * 32


def posted(town: Town, path: str, **params: str) -> int:
    """One signed webhook. Returns the status of its answer."""
    return town.sends(path, {"CallSid": SID, "From": SCHOOL, "To": LINE, **params})


def a_call_is_lived(town: Town) -> list[int]:
    """The webhooks of a call that is answered and ends. Returns their statuses."""
    found = [posted(town, "/webhooks/voice", CallStatus="ringing")]
    call = town.calls()[0]
    found.append(posted(town, f"/webhooks/call/{call.id}/hold?turn={call.turn}", CallStatus="in-progress"))
    with town.session() as session:
        leg = session.scalars(select(Leg)).first()
        assert leg is not None
    mobile = {"CallSid": "CA" + "3" * 32, "CallStatus": "in-progress"}
    found.append(posted(town, f"/webhooks/leg/{leg.id}/screen", **mobile))
    found.append(posted(town, f"/webhooks/leg/{leg.id}/key?turn=1", **mobile, Digits="1"))
    found.append(posted(town, f"/webhooks/call/{call.id}/connect?turn=9", CallStatus="in-progress"))
    found.append(posted(town, "/webhooks/voice/status", CallStatus="completed", CallDuration="64"))
    return found


class Kept(Transport):
    """A transport that stores the events that the error tracker would send."""

    def __init__(self) -> None:
        super().__init__()
        self.transactions: list[dict[str, Any]] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        """Store one event of the tracker."""
        for item in envelope.items:
            event = item.get_transaction_event()
            if event is not None:
                self.transactions.append(dict(event))


@contextmanager
def a_tracker() -> Iterator[Kept]:
    """sentry-sdk with its documented set-up; events are stored here instead of sent."""
    kept = Kept()
    sentry_sdk.init(
        dsn="https://key@sentry.example.nl/1",
        traces_sample_rate=1.0,
        integrations=[FlaskIntegration(), SqlalchemyIntegration()],
        transport=kept,
    )
    try:
        yield kept
    finally:
        sentry_sdk.get_client().close()
        sentry_sdk.init()


def test_every_webhook_answers_and_its_statements_are_traced_by_an_error_tracker(a_town: MakeTown) -> None:
    with a_tracker() as tracker:
        statuses = a_call_is_lived(a_town())
    assert statuses == [200, 200, 200, 200, 200, 204]
    traced = [one for one in tracker.transactions if one.get("transaction", "").startswith("webhooks.")]
    assert len(traced) == 6
    for one in traced:
        assert any(span["op"] == "db" and "INSERT INTO receipt" in span["description"] for span in one["spans"])


def test_every_statement_has_its_events_with_a_context_and_its_line_in_the_log(
    a_town: MakeTown, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    town = a_town()
    before: list[str] = []
    after: list[str] = []

    def begins(_c: Any, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: bool) -> None:
        assert context is not None
        before.append(statement)

    def is_done(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        after.append(statement)

    event.listen(engine, "before_cursor_execute", begins)
    event.listen(engine, "after_cursor_execute", is_done)
    with caplog.at_level(logging.INFO, logger="sqlalchemy.engine"):
        posted(town, "/webhooks/voice", CallStatus="ringing")
    event.remove(engine, "before_cursor_execute", begins)
    event.remove(engine, "after_cursor_execute", is_done)

    assert sorted(before) == sorted(after)
    logged = [record.getMessage() for record in caplog.records]
    assert all(any(text.startswith(statement.split("\n")[0][:60]) for text in logged) for statement in after)
    assert any("INSERT INTO call " in statement for statement in after)
    assert not any(SCHOOL in text for text in logged)
