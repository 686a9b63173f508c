"""The refusals of Twilio that end an order, and those after which it is retried."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from callcenter.telephony import retry_policy, twilio_api
from callcenter.telephony.retry_policy import RetryPolicy, next_attempt_at
from callcenter.telephony.twilio_api import RestError
from tests.support.orders import every_effect

NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
PAUSES = (1.0, 5.0)
FOR_ITSELF = RestError("21211", retry_safe=False)
FOR_US = RestError("20003", retry_safe=False, credentials_refused=True)
FOR_NOW = RestError("20429", retry_safe=True)


@pytest.mark.parametrize(
    ("how", "error", "attempts", "after_s"),
    [
        (RetryPolicy.BRIEF, FOR_NOW, 1, 1),
        (RetryPolicy.BRIEF, FOR_NOW, 2, 5),
        (RetryPolicy.BRIEF, FOR_NOW, 3, None),
        (RetryPolicy.BRIEF, FOR_US, 1, None),
        (RetryPolicy.BRIEF, FOR_ITSELF, 1, None),
        (RetryPolicy.UNTIL_EXPIRY, FOR_NOW, 3, 5),
        (RetryPolicy.UNTIL_EXPIRY, FOR_US, 1, 1),
        (RetryPolicy.UNTIL_EXPIRY, FOR_US, 9, 5),
        (RetryPolicy.UNTIL_EXPIRY, FOR_ITSELF, 1, None),
        (RetryPolicy.ANY_ERROR_UNTIL_EXPIRY, FOR_NOW, 9, 5),
        (RetryPolicy.ANY_ERROR_UNTIL_EXPIRY, FOR_US, 1, 1),
        (RetryPolicy.ANY_ERROR_UNTIL_EXPIRY, FOR_ITSELF, 2, 5),
    ],
)
def test_a_failed_order_waits_as_its_worth_says(
    how: RetryPolicy, error: RestError, attempts: int, after_s: float | None
) -> None:
    at = next_attempt_at(how, PAUSES, error, attempts, NOW + timedelta(hours=1), NOW)
    assert at == (NOW + timedelta(seconds=after_s) if after_s is not None else None)


def test_what_is_asked_always_has_its_last_try_when_its_time_is_over() -> None:
    ends = NOW + timedelta(seconds=2)
    assert next_attempt_at(RetryPolicy.ANY_ERROR_UNTIL_EXPIRY, PAUSES, FOR_US, 9, ends, NOW) == ends
    assert next_attempt_at(RetryPolicy.ANY_ERROR_UNTIL_EXPIRY, PAUSES, FOR_US, 9, ends, ends) is None


def test_what_is_asked_always_is_asked_for_each_pause_though_nobody_was_there_in_its_time() -> None:
    over = NOW - timedelta(days=4)
    tries = [
        next_attempt_at(RetryPolicy.ANY_ERROR_UNTIL_EXPIRY, PAUSES, FOR_US, attempts, over, NOW)
        for attempts in (1, 2, 3)
    ]
    assert tries == [NOW + timedelta(seconds=1), NOW + timedelta(seconds=5), None]


def test_the_table_says_what_each_kind_does(sqlite_engine: Engine) -> None:
    effects = every_effect(sqlite_engine)
    rows = [
        line.strip("# |\n").split("|")
        for line in Path(retry_policy.__file__).read_text().splitlines()
        if line[:4] == "# | "
    ]
    table = {kind.strip(): how.strip() for kind, how, *_ in rows[1:]}
    check = table.pop("check_call, _leg")
    assert {**table, "check_call": check, "check_leg": check} == {k: e.retry_policy.name for k, e in effects.items()}


def test_every_answer_that_refuses_us_is_known_as_that() -> None:
    assert twilio_api._refuses_us(401, "http 401")
    assert twilio_api._refuses_us(403, "http 403")
    assert twilio_api._refuses_us(403, "20003")
    assert not twilio_api._refuses_us(403, "21610")
    assert not twilio_api._refuses_us(404, "20404")
