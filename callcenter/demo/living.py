"""How does a whole office live in a stand-in's world? Product, dispatcher and jobs, hung onto one clock and one heap."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Engine

from callcenter.app import make_app, make_dispatcher, make_office
from callcenter.clock import Clock
from callcenter.runtime import write_totals
from callcenter.settings import Settings
from callcenter.standin.office import StandIn
from callcenter.telephony.twilio_api import TwilioApi, make_client
from schedules.jobs import JOBS, run_job

# What comes after the last call of a while: recordings to fetch, claims to expire, messages to send.
TAIL = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class _Media:
    """A recording as an HTTP answer."""

    status_code: int
    content_type: str
    content: bytes

    @property
    def headers(self) -> dict[str, str]:
        return {"Content-Type": self.content_type}


class LivedOffice:
    """The product in process, in front of a stand-in that shares its clock.

    pace: how many times slower the jobs run than in production, for days lived fast; the looks every second at calls
    and outbox keep their pace while anybody is on the telephone.
    """

    def __init__(self, settings: Settings, clock: Clock, engine: Engine, *, pace: int = 1, **standin: object) -> None:
        self.office = make_office(settings, clock, engine)
        self.app = make_app(self.office)
        self.standin = StandIn(
            clock,
            app=self.app.wsgi_app,
            base_url=settings.public_url,
            account_sid=settings.twilio_account_sid,
            auth_token=settings.twilio_auth_token.get_secret_value(),
            **standin,  # type: ignore[arg-type]
        )
        self._http = http = self.standin.http_client()
        self.twilio = TwilioApi(make_client(settings, http), media_get=self._media)
        self.dispatcher = make_dispatcher(self.office, self.twilio)
        self.standin.postman.after_webhook.append(self.dispatch)
        self._quiet_at = clock.now()
        self.standin.world.every(1.0, self._each_second, only_when=self._anything_to_do)
        for job in JOBS:
            if job.every_s > 1:
                self.standin.world.every(
                    job.every_s * pace,
                    lambda job=job: run_job(self.office, self.twilio, job),  # type: ignore[misc]
                )

    def _media(self, url: str, auth: tuple[str, str], timeout: float) -> "_Media":
        return _Media(*self._http.media(url, auth))

    def dispatch(self) -> None:
        """Carry out what was committed, as the dispatcher thread does."""
        while self.dispatcher.run_due():
            continue

    def _anything_to_do(self) -> bool:
        now = self.office.clock.now()
        if self.standin.exchange.has_live_calls():
            self._quiet_at = now + TAIL
        return now < self._quiet_at

    def _each_second(self) -> None:
        run_job(self.office, self.twilio, JOBS[0])
        self.dispatch()
        write_totals(self.office, self.office.totals)
