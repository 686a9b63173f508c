"""Gathers what this host and Twilio say: disk, Twilio's clock, the account and numbers, our own public address."""

import shutil
from collections.abc import Iterator
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path

import requests
from sqlalchemy import Engine

from callcenter.backup.sqlite_copy import path_of
from callcenter.clock import Clock
from callcenter.doctor import judgement
from callcenter.doctor.findings import Finding, fault, ok, warning
from callcenter.doctor.twilio_check import check_all
from callcenter.office import Office
from callcenter.settings import Settings
from callcenter.telephony.twilio_api import TWILIO_API

_TIMEOUT_S = 10


def disk(engine: Engine | None) -> Iterator[Finding]:
    """The room beside the database of SQLite, else in the present folder, where backups go."""
    place = path_of(engine).parent if engine is not None and engine.dialect.name == "sqlite" else Path.cwd()
    if not place.is_dir():
        yield fault("disk", f"there is no folder {place}", "create it, or correct CALLCENTER_DATABASE_URL")
        return
    yield judgement.disk(str(place), shutil.disk_usage(place).free)


def clock(settings: Settings, clock_: Clock) -> Iterator[Finding]:
    """This host's clock against that of Twilio, which is in the head of each of its answers."""
    try:
        answer = requests.head(settings.twilio_api_base_url or TWILIO_API, timeout=_TIMEOUT_S, allow_redirects=False)
    except requests.RequestException as error:
        yield warning(
            "clock", f"Twilio cannot be reached to compare ({type(error).__name__})", "check the network, https_proxy"
        )
        return
    said = answer.headers.get("Date")
    if said is None:
        yield ok("clock", "the Twilio-compatible server does not say the time")
        return
    there = parsedate_to_datetime(said)
    there = there.replace(tzinfo=UTC) if there.tzinfo is None else there
    yield judgement.clock("Twilio", (clock_.now() - there).total_seconds())


def prometheus(address: str) -> Iterator[Finding]:
    """How long the Prometheus at this address keeps figures."""
    mend = "is it running? CALLCENTER_PROMETHEUS_URL"
    try:
        answer = requests.get(f"{address}/api/v1/status/flags", timeout=_TIMEOUT_S, allow_redirects=False)
        answer.raise_for_status()
        stated = str(answer.json()["data"]["storage.tsdb.retention.time"])
    except requests.RequestException as error:
        yield warning("prometheus", f"{address} does not answer ({type(error).__name__})", mend)
    except (KeyError, TypeError):
        yield warning("prometheus", f"{address} does not say how long it keeps figures", mend)
    else:
        yield judgement.retention(stated)


def twilio(office: Office) -> Iterator[Finding]:
    """Account, numbers and public address, as `callcenter twilio check` verifies them."""
    for passed, text in check_all(office):
        what, _, mend = text.rpartition(": ")
        yield (
            ok("twilio", text)
            if passed
            else fault("twilio", what or text, mend if what else "`callcenter twilio check`")
        )
