"""The composition root: builds the office, the Flask app and the dispatcher from the packages."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Flask, request
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from callcenter.callbacks import effects as callback_effects
from callcenter.callbacks.untold import is_true, lead_not_told, not_told, told
from callcenter.clock import Clock
from callcenter.front import limits
from callcenter.notify import effects as notify_effects
from callcenter.notify.message import After
from callcenter.notify.push.door import PushDoor
from callcenter.office import Office
from callcenter.privacy import effects as privacy_effects
from callcenter.reports import mailing
from callcenter.rota import versions
from callcenter.routing import effects as routing_effects
from callcenter.routing import recordings as routing_recordings
from callcenter.routing import survey_texts, sweep
from callcenter.settings import Settings
from callcenter.steady_clock import SteadyClock
from callcenter.storage.database_time import follow
from callcenter.storage.engine import make_engine, make_sessions
from callcenter.storage.tables import metadata
from callcenter.storage.totals import PendingTotals
from callcenter.telephony.credentials import fingerprint, retry_when_credentials_changed
from callcenter.telephony.dispatcher import Dispatcher
from callcenter.telephony.outbox import Effect
from callcenter.telephony.retry_policy import RetryPolicy
from callcenter.telephony.twilio_api import TwilioApi

log = logging.getLogger("callcenter")


class OfficeApp(Flask):
    """Flask that logs a failed request by the name of its view: an address may hold a secret, or a line that a stranger
    made up."""

    def log_exception(self, exc_info: Any) -> None:
        log.error("%s %s failed", request.method, request.endpoint or "an unknown address", exc_info=exc_info)


def make_office(settings: Settings, clock: Clock, engine: Engine | None = None) -> Office:
    """The office of these settings. engine: an existing engine to use instead of a new one."""
    metadata()
    engine = engine or make_engine(settings.database_url, patient=False)
    if isinstance(clock, SteadyClock):
        follow(engine, clock)
    # They log requests with their addresses and telephone numbers.
    for name in ("twilio", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return Office(settings, clock, engine, make_sessions(engine), PendingTotals())


def make_app(office: Office) -> Flask:
    """The Flask app with pages, API, webhooks and metrics."""
    from callcenter import api, web
    from callcenter.api import problems
    from callcenter.web import setup
    from schedules.jobs import FRESH_WITHIN_S
    from webhooks import addresses
    from webhooks.signature import SignatureCheck

    app = OfficeApp("callcenter", static_folder=None)
    # The demo and tests have no server that bounds bodies. Pages and API allow more for uploads.
    app.config["MAX_CONTENT_LENGTH"] = limits.SMALL
    app.secret_key = office.settings.secret_key.get_secret_value()
    app.extensions["callcenter"] = office
    app.extensions["callcenter_jobs"] = FRESH_WITHIN_S
    addresses.register(app, SignatureCheck(office.settings.public_url, office.settings.auth_tokens))
    api.register(app)
    web.register(app)
    for status in (404, 405):  # one handler for an address that belongs to neither
        app.register_error_handler(
            status, lambda error: problems.unknown_address(error) or setup.unknown_address(error)
        )
    return app


def make_dispatcher(office: Office, twilio: TwilioApi) -> Dispatcher:
    """A dispatcher that can carry out every kind of order."""
    effects = all_effects(office, twilio)
    waiting = [kind for kind, effect in effects.items() if effect.retry_policy is not RetryPolicy.BRIEF]
    mark = fingerprint(office.settings)

    def on_start(session: Session, now: datetime) -> None:
        retry_when_credentials_changed(session, mark, waiting, now)

    return Dispatcher(office.sessions, office.clock, effects, office.totals, office.wake, on_start)


def all_effects(office: Office, twilio: TwilioApi) -> Mapping[str, Effect]:
    """The effect of every kind of order."""
    settings, public_url = office.settings, office.settings.public_url
    lead = routing_recordings.Lead(settings.locale, public_url, len(settings.notify_urls))
    after = After(is_true, told, not_told, lead_not_told)
    return {
        **routing_effects.effects(twilio, public_url),
        **routing_recordings.effects(twilio, lead.lost),
        **sweep.effects(twilio),
        **survey_texts.effects(twilio, public_url),
        **callback_effects.effects(twilio, public_url, versions.active_rota),
        **privacy_effects.effects(twilio),
        mailing.KIND: mailing.ReportMail(
            office.sessions, office.clock, settings.mail_url, locale=settings.locale, public_url=public_url
        ),
        **notify_effects.effects(
            twilio,
            settings.notify_urls,
            after,
            locale=settings.locale,
            public_url=public_url,
            mail_url=settings.mail_url,
            push=push_door(settings, office.clock),
        ),
    }


def push_door(settings: Settings, clock: Clock) -> PushDoor | None:
    """What sends push messages; None when no key is set."""
    if settings.push_private_key is None:
        return None
    contact = settings.push_contact or settings.public_url
    return PushDoor(settings.push_private_key.get_secret_value(), contact, clock)
