"""The whole product with its stand-in in virtual time, for tests of callbacks."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Engine, select

from callcenter.access.tokens import create_token
from callcenter.app import make_app, make_dispatcher, make_office
from callcenter.callbacks.records import Callback, CallbackAttempt
from callcenter.clock import VirtualClock
from callcenter.presence.records import ConsultantState
from callcenter.settings import Settings
from callcenter.standin.faults import FaultRule
from callcenter.standin.people.phones import Phone
from callcenter.standin.stand_in import ACCOUNT_SID, AUTH_TOKEN, StandIn
from callcenter.standin.twilio.calls import Call
from callcenter.telephony.twilio_api import TwilioApi, make_client
from schedules import callbacks, retention
from tests.support.promises import LINE, MOBILES, SCHOOL, an_office, promised

BASE = "https://callcenter.example.nl"


class CallbackOffice:
    """An office with one line and three consultants; `missed_call` adds a callback."""

    def __init__(
        self, engine: Engine, clock: VirtualClock, faults: Iterable[FaultRule] = (), **settings_too: Any
    ) -> None:
        settings = Settings(
            CALLCENTER_DATABASE_URL="sqlite:///unused.db",
            CALLCENTER_PUBLIC_URL=BASE,
            CALLCENTER_SECRET_KEY="a-secret-for-tests-only",
            TWILIO_ACCOUNT_SID=ACCOUNT_SID,
            TWILIO_AUTH_TOKEN=AUTH_TOKEN,
            **settings_too,
        )
        self.clock = clock
        self.office = make_office(settings, clock, engine)
        self.sessions = self.office.sessions
        self.app = make_app(self.office)
        self.twilio = StandIn(clock, self.app, base_url=BASE, faults=faults)
        self.twilio.line(LINE)
        self.twilio_api = TwilioApi(make_client(settings, self.twilio.http_client()))
        self.dispatcher = make_dispatcher(self.office, self.twilio_api)
        self._busy_until = clock.now()
        self.office.wake = self._soon
        self.twilio.world.every(1.0, self.dispatcher.run_due, only_when=self._anything_under_way)
        with self.sessions.begin() as session:
            an_office(session, clock.now())
            self._tokens = {code: create_token(session, clock.now(), "consultant", code) for code in MOBILES}
            self._tokens["lead"] = create_token(session, clock.now(), "lead")

    def _soon(self) -> None:
        self._busy_until = self.clock.now() + timedelta(seconds=30)
        self.twilio.world.call_later(0, self.dispatcher.run_due)

    def _anything_under_way(self) -> bool:
        return self.twilio.exchange.has_live_calls() or self.clock.now() < self._busy_until

    def look(self) -> None:
        """Run the callbacks job once."""
        callbacks.run(self.sessions, self.clock, public_url=BASE)

    def purge(self) -> None:
        """Run the retention job once."""
        retention.run(self.sessions, self.clock)

    # People

    def mobile(self, code: str = "AIS") -> Phone:
        """A consultant's telephone."""
        return self.twilio.phone(MOBILES[code])

    def caller(self, number: str = SCHOOL) -> Phone:
        """The telephone of the caller who is rung back."""
        return self.twilio.phone(number)

    def api(self, method: str, path: str, who: str = "AIS", **json: Any) -> tuple[int, dict[str, Any]]:
        """Send a request to the API; returns its status and JSON."""
        response = self.app.test_client().open(
            f"/api/v1{path}",
            method=method,
            json=json or None,
            headers={"Authorization": f"Bearer {self._tokens[who]}"},
        )
        return response.status_code, response.get_json()

    def missed_call(self, number: str = SCHOOL, reason: str = "missed") -> int:
        """The callback after a call of this number that nobody answered."""
        return promised(self.sessions, self.clock.now(), number, reason, preferred="AIS").id

    def press(self, callback_id: int, who: str = "AIS") -> int:
        """The consultant presses "call"; returns the API's status."""
        return self.api("POST", f"/callbacks/{callback_id}/call", who)[0]

    # Looking back

    def callback(self, callback_id: int) -> Callback:
        """The callback as stored."""
        with self.sessions() as session:
            return session.get_one(Callback, callback_id)

    def attempts(self, callback_id: int) -> list[CallbackAttempt]:
        """Its attempts, oldest first."""
        with self.sessions() as session:
            mine = select(CallbackAttempt).where(CallbackAttempt.callback_id == callback_id)
            return list(session.scalars(mine.order_by(CallbackAttempt.id)))

    def is_free(self, code: str = "AIS") -> bool:
        """Whether no call or callback holds the consultant's telephone."""
        with self.sessions() as session:
            return session.get_one(ConsultantState, code).reserved_for is None

    def legs_to(self, number: str) -> list[Call]:
        """Outbound calls to a number, in order."""
        return [call for call in self.twilio.calls if call.to == number and call.direction != "inbound"]

    def heard_by(self, code: str = "AIS") -> str:
        """Everything that was said to a consultant, as one text."""
        return " | ".join(heard.text for call in self.mobile(code).calls for heard in call.heard if heard.what == "say")

    def failures(self) -> list[str]:
        """Webhooks that were not answered with 200 or 204, and the alerts that Twilio's debugger would show."""
        bad = [
            f"{urlsplit(webhook.url).path} {webhook.status}"
            for call in self.twilio.calls
            for webhook in call.webhooks
            if webhook.status not in (200, 204)
        ]
        return bad + [f"{alert.code} {alert.text}" for alert in self.twilio.alerts]

    def live(self, tail_s: float = 60.0) -> None:
        """Let virtual time pass until every call is over, and `tail_s` seconds more for late events."""
        self.twilio.settle(tail_s)

    def wait(self, minutes: float) -> None:
        """Let virtual time pass."""
        self.twilio.run_for(timedelta(minutes=minutes).total_seconds())
