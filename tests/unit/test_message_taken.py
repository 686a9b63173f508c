"""After an error, a message was not taken, was refused for good, or may have been taken: only the last may double."""

import smtplib
import socket
import ssl
from datetime import UTC, datetime, timedelta

import pytest
import requests
from urllib3.connection import HTTPConnection
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, ProtocolError

from callcenter.notify.delivery import UNKNOWN, Seen, of_exception, of_reply, of_status, the_worst
from callcenter.telephony.retry_policy import WORKER_DIED, Taken, next_message_at, taken_by_twilio
from callcenter.telephony.twilio_api import RestError

NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=4)
PAUSES = (5.0, 30.0, 120.0, 600.0)
NO, REFUSED, ANSWERED, SILENT = Taken.NO, Taken.REFUSED, Taken.PERHAPS_ANSWERED, Taken.PERHAPS_SILENT
_POOL = HTTPConnection("example.nl")


@pytest.mark.parametrize(
    ("error", "taken"),
    [
        (RestError("connect", retry_safe=True), NO),
        (RestError("20429", retry_safe=True), NO),
        (RestError("20003", retry_safe=False, credentials_refused=True), NO),
        (RestError("http 401", retry_safe=False, credentials_refused=True), NO),
        (RestError("timeout", retry_safe=False), SILENT),
        (RestError(WORKER_DIED, retry_safe=False), SILENT),
        (RestError("http 503", retry_safe=False), ANSWERED),
        (RestError("20500", retry_safe=False), ANSWERED),
        (RestError("21211", retry_safe=False), REFUSED),
        (RestError("21610", retry_safe=False), REFUSED),
    ],
)
def test_what_an_error_of_twilio_says_of_a_text(error: RestError, taken: Taken) -> None:
    assert taken_by_twilio(error) is taken


@pytest.mark.parametrize(
    ("status", "taken"),
    [(401, NO), (403, NO), (429, NO), (400, REFUSED), (404, REFUSED), (410, REFUSED), (301, REFUSED)]
    + [(status, ANSWERED) for status in (200, 502, 504)]
    + [(status, NO) for status in (500, 501, 503, 507)],
)
def test_what_a_web_server_answered(status: int, taken: Taken) -> None:
    assert of_status(status) == Seen(f"http {status}", taken)


@pytest.mark.parametrize(
    ("reply", "to_the_message", "taken"),
    [
        (421, False, NO),
        (451, True, NO),
        (535, False, NO),
        (530, True, NO),
        (550, True, REFUSED),
        (554, False, NO),
        (-1, True, ANSWERED),
    ],
)
def test_what_a_mail_server_replied(reply: int, to_the_message: bool, taken: Taken) -> None:
    assert of_reply(reply, to_the_message=to_the_message).taken is taken


@pytest.mark.parametrize(
    ("error", "taken"),
    [
        (requests.ConnectTimeout(MaxRetryError(None, "/", ConnectTimeoutError())), NO),  # type: ignore[arg-type]
        (requests.ConnectionError(MaxRetryError(None, "/", NewConnectionError(_POOL, "refused"))), NO),  # type: ignore[arg-type]
        (requests.exceptions.SSLError(ssl.SSLCertVerificationError("not trusted")), NO),
        (requests.exceptions.InvalidURL("no address"), REFUSED),
        (requests.ReadTimeout("late"), SILENT),
        (requests.ConnectionError(ProtocolError("aborted", ConnectionResetError())), SILENT),
        (ConnectionRefusedError(), NO),
        (socket.gaierror(-2, "no such host"), NO),
        (TimeoutError(), SILENT),
        (smtplib.SMTPAuthenticationError(535, b"no"), NO),
        (smtplib.SMTPConnectError(421, b"later"), NO),
        (smtplib.SMTPSenderRefused(550, b"no", "a@example.nl"), REFUSED),
        (smtplib.SMTPDataError(451, b"later"), NO),
        (smtplib.SMTPDataError(554, b"spam"), REFUSED),
        (smtplib.SMTPRecipientsRefused({"a@example.nl": (550, b"no")}), REFUSED),
        (smtplib.SMTPRecipientsRefused({"a@example.nl": (550, b"no"), "b@example.nl": (450, b"later")}), NO),
        (ValueError("a fault of ours"), SILENT),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_what_an_exception_says(error: Exception, taken: Taken) -> None:
    assert of_exception(error).taken is taken


def test_of_several_recipients_the_one_that_may_have_it_decides() -> None:
    refused, later, half = Seen("smtp 550", REFUSED), Seen("smtp 451", NO), Seen("taken in part", SILENT)
    assert the_worst([refused, half, later]) == half
    assert the_worst([refused, later]) == later
    assert the_worst([refused]) == refused
    assert the_worst([]) == UNKNOWN
    assert UNKNOWN.taken is SILENT


@pytest.mark.parametrize(
    ("taken", "attempts", "once_more", "after_s"),
    [
        (NO, 1, False, 5),
        (NO, 3, False, 120),
        (NO, 9, False, 600),
        (REFUSED, 1, True, None),
        (ANSWERED, 1, True, 60),
        (SILENT, 1, True, 60),
        (ANSWERED, 2, False, None),
        (SILENT, 1, False, None),
    ],
)
def test_a_message_is_sent_again_as_far_as_it_cannot_come_twice(
    taken: Taken, attempts: int, once_more: bool, after_s: float | None
) -> None:
    at = next_message_at(taken, PAUSES, attempts, LATER, NOW, once_more=once_more)
    assert at == (None if after_s is None else NOW + timedelta(seconds=after_s))


def test_it_is_sent_until_it_is_worthless() -> None:
    ends = NOW + timedelta(seconds=3)
    assert next_message_at(NO, PAUSES, 1, ends, NOW, once_more=False) == ends
    assert next_message_at(ANSWERED, PAUSES, 1, NOW + timedelta(seconds=60), NOW, once_more=True) is None
