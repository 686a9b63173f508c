"""Runs the product, its dispatcher and its jobs in the stand-in's world, on one virtual clock."""

from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Engine, event, exists, func, select, text

from callcenter.app import make_app, make_dispatcher, make_office
from callcenter.calls.call import Call
from callcenter.clock import Clock
from callcenter.runtime import REST_THREADS, write_totals
from callcenter.settings import Settings
from callcenter.standin.stand_in import StandIn
from callcenter.standin.threads import GoOn, WorldThreads, current_thread
from callcenter.standin.world import Repeating
from callcenter.storage.engine import reading_connection
from callcenter.storage.statements import Prepared
from callcenter.telephony.records import PENDING, OutboxMessage
from callcenter.telephony.twilio_api import REST_TIMEOUT_S, TwilioApi, make_client
from schedules.jobs import JOBS, Job, run_job

# How long the jobs keep running after the last call: recordings are fetched, claims expire, messages are sent.
TAIL = timedelta(seconds=120)
# The longest interval between two runs of a job, in seconds, at any pace.
_SLOWEST_S = 6 * 3600
# When the next call and the next order become due, and whether a caller waits for a consultant to become free, which
# has no due time.
_NEXT_LOOKS = Prepared(
    select(
        select(func.min(Call.next_due_at)).scalar_subquery(),
        select(func.min(OutboxMessage.not_before)).where(PENDING).scalar_subquery(),
        exists().where(Call.places > text("0")),
    )
)


class SimulatedOffice:
    """The product in one process with a stand-in that shares its clock.

    pace: how many times slower the jobs run than in production, to simulate days quickly. Until it goes live, calls and
    outbox are checked only in the seconds in which something is due; the result is the same as in production. When the
    stand-in's REST requests take time, orders are carried out in threads, as in production. Otherwise they are carried
    out one after the other, which has the same result and is faster.
    """

    def __init__(self, settings: Settings, clock: Clock, engine: Engine, *, pace: int = 1, **standin: Any) -> None:
        self.office = make_office(settings, clock, engine)
        self.app = make_app(self.office)
        self.standin = StandIn(
            clock,
            app=self.app.wsgi_app,
            base_url=settings.public_url,
            account_sid=settings.twilio_account_sid,
            auth_token=settings.twilio_auth_token.get_secret_value(),
            **standin,
        )
        self.twilio = TwilioApi(make_client(settings, self.standin.http_client(REST_TIMEOUT_S)))
        self._threads = WorldThreads(self._carried_out, self._goes_on)
        self._beside = False
        self.office.wake = self._wake
        self.dispatcher = make_dispatcher(self.office, self.twilio)
        self.standin.sender.after_webhook.append(self._dispatch_when_woken)
        event.listen(engine, "before_cursor_execute", self._notice)
        self._ordered = self._woken = self._is_live = False
        # Never later than the true due times. They may be earlier, when something was done or postponed meanwhile.
        self._next_looks: tuple[Any, ...] = (None, None, False)
        self._may_be_sooner = True
        self._quiet_at = clock.now()
        self.standin.world.every(1.0, self._each_second, only_when=self._anything_to_do)
        self._jobs = [(job, self._hang_on(job, _turn_s(job, pace))) for job in JOBS if job.every_s > 1]

    def _hang_on(self, job: Job, seconds: float) -> Repeating:
        return self.standin.world.every(seconds, partial(self._turn, job))

    def _turn(self, job: Job) -> None:
        run_job(self.office, self.twilio, job)
        write_totals(self.office, self.office.totals)
        self._wake()

    def fast_forward(self, pace: int) -> None:
        """Prepare for simulating time quickly. Every job runs now, and then `pace` times slower than in production."""
        self._is_live = False
        self._hang_anew(pace)

    def go_live(self) -> None:
        """Prepare for running live. Every job runs now, and then as often as in production, even without calls."""
        self._hang_anew(1)
        self._is_live = True

    def _hang_anew(self, pace: int) -> None:
        for job, repeating in self._jobs:
            repeating.cancel()
            self._turn(job)
        self._jobs = [(job, self._hang_on(job, _turn_s(job, pace))) for job, _ in self._jobs]

    def dispatch(self) -> None:
        """Carry out the orders that were committed, as the dispatcher's thread does."""
        self._ordered = True
        # Once threads were used, go on using them: the last ones may end after REST has become instantaneous again.
        self._beside = self._beside or self.standin.rest.takes_time
        while self._ordered:
            self._ordered = False
            if self._beside:
                self.dispatcher.run_in_threads(self._threads, REST_THREADS)
            else:
                self.dispatcher.run_due()

    def _carried_out(self) -> None:
        """Called when a thread has carried out an order: its result must be stored."""
        self._ordered = True
        self._wake()

    def _goes_on(self, go_on: GoOn) -> None:
        """Called when REST has answered: let the waiting thread continue."""
        go_on()

    def _notice(self, _connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        """Called before each statement: note whether it may insert orders or bring forward a due time.

        Reading the due times from the database after every webhook would take a quarter of the time of a simulated day.
        """
        # On PostgreSQL one statement may hold several writes.
        if "INSERT INTO outbox" in statement:
            self._ordered = self._may_be_sooner = True
        elif any(write in statement for write in ("next_due_at=", "places=", "not_before=", "INSERT INTO call ")):
            self._may_be_sooner = True

    def _wake(self) -> None:
        """Called after a commit: carry out the new orders at the world's next instant."""
        if current_thread() is not None:
            return  # `_carried_out` follows, in the world's own thread
        if self._ordered and not self._woken:
            self._woken = True
            self.standin.world.call_later(0, self._dispatch_when_woken)

    def _dispatch_when_woken(self) -> None:
        self._woken = False
        if self._ordered:
            self.dispatch()

    def _anything_to_do(self) -> bool:
        now = self.office.clock.now()
        if self._is_live or self._woken or self.standin.exchange.has_live_calls():
            self._quiet_at = now + TAIL
        return now < self._quiet_at

    def _each_second(self) -> None:
        call_is_due, order_is_due = self._what_is_due()
        if self._is_live or call_is_due:
            run_job(self.office, self.twilio, JOBS[0])
        if order_is_due or self._ordered:
            self.dispatch()
        if self._is_live:
            write_totals(self.office, self.office.totals)

    def _what_is_due(self) -> tuple[bool, bool]:
        """Whether a call is due, and whether an order is due."""
        if self._may_be_sooner or any(self._have_come()):
            with reading_connection(self.office.sessions) as connection:
                (self._next_looks,) = _NEXT_LOOKS(connection, {})
            self._may_be_sooner = False
        return self._have_come()

    def _have_come(self) -> tuple[bool, bool]:
        now = self.office.clock.now()
        call_at, order_at, somebody_waits = self._next_looks
        call_is_due = bool(somebody_waits) or (call_at is not None and call_at <= now)
        return call_is_due, order_at is not None and order_at <= now


def _turn_s(job: Job, pace: int) -> float:
    return max(job.every_s, min(job.every_s * pace, _SLOWEST_S))
