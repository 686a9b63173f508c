"""Every kind of order that an office carries out."""

from collections.abc import Mapping

from sqlalchemy import Engine

from callcenter.app import all_effects, make_office
from callcenter.clock import SystemClock
from callcenter.settings import Settings
from callcenter.telephony.outbox import Effect
from callcenter.telephony.twilio_api import TwilioApi, make_client


def every_effect(engine: Engine) -> Mapping[str, Effect]:
    """The effects by their kind, of an office on this database."""
    settings = Settings(
        CALLCENTER_PUBLIC_URL="https://callcenter.example.nl",
        CALLCENTER_SECRET_KEY="only-for-these-tests",
        TWILIO_ACCOUNT_SID="AC" + "5" * 32,
        TWILIO_AUTH_TOKEN="only-for-these-tests",
        _env_file=None,
    )
    office = make_office(settings, SystemClock(), engine)
    return all_effects(office, TwilioApi(make_client(settings)))
