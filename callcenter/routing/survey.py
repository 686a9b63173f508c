"""The survey: who is asked its one question, at most once a quarter for each number, and what they answer."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from callcenter.calls.call import Call
from callcenter.numbers import caller_number
from callcenter.routing.records import SurveyAnswer, SurveyQuestion
from callcenter.routing.transaction import CallTransaction
from callcenter.storage.rows import insert_unless_exists
from callcenter.storage.totals import add, count

# How the question was asked: at the end of an answered call; by text after a callback in which the caller was spoken
# to; by text of a caller who was not helped.
CALL, CALLBACK, TEXT = WAYS = ("call", "callback", "text")
# A number is asked at most once in these days.
ONCE_IN = timedelta(days=90)
_ANSWERS = {"1": "yes", "2": "no"}
_HASHES = 2**32


def is_sampled(key: str, rate: float) -> bool:
    """Whether a call or callback is among the share of the policy. rate: 0 to 1.

    It is a hash of the key, so a repeated request gives the same result.
    """
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") < rate * _HASHES


def ask(tx: CallTransaction, call: Call) -> bool:
    """Whether this caller gets the question after the talk; stores that it is asked. Consultants never get it.

    Who withholds the number cannot be recognised, and is asked by the rate alone.
    """
    if call.staff is not None or tx.rota is None or not is_sampled(call.call_sid, tx.rota.policy.survey.rate):
        return False
    return _store_question(tx.session, call, tx.now)


def was_asked(session: Session, call: Call) -> bool:
    """Whether this call got the question."""
    return session.scalar(select(SurveyQuestion.id).where(SurveyQuestion.call_id == call.id)) is not None


def _store_question(session: Session, call: Call, now: datetime) -> bool:
    number = caller_number(call.from_number)
    asked = {"number": number, "line_id": call.line_id, "group": call.group, "way": CALL, "call_id": call.id}
    return store_question(session, asked, now) is not None


def store_question(session: Session, asked: Mapping[str, Any], now: datetime) -> SurveyQuestion | None:
    """Store a question unless its number was asked within ONCE_IN. Of two transactions at once, one gets None.

    asked: number, line_id, group, way, and call_id or callback_id.
    """
    if asked["number"] is not None:
        over = SurveyQuestion.number == asked["number"], SurveyQuestion.asked_at < now - ONCE_IN
        session.execute(delete(SurveyQuestion).where(*over), execution_options={"synchronize_session": False})
    return insert_unless_exists(session, SurveyQuestion, {**asked, "asked_at": now})


def store_answer(tx: CallTransaction, call: Call, key: str) -> bool:
    """Store the first answer of a call. Returns False when the key is not an answer."""
    answer = _ANSWERS.get(key)
    if answer is None:
        return False
    if tx.session.scalar(select(SurveyAnswer.id).where(SurveyAnswer.call_id == call.id)) is None:
        count_answer(tx.session, call.group, answer, CALL, tx.now, call_id=call.id)
    return True


def store_retold_answer(tx: CallTransaction, call: Call, key: str) -> None:
    """Store the answer of a call of which Twilio told afterwards, and that its number was asked."""
    if store_answer(tx, call, key):
        _store_question(tx.session, call, tx.now)


def count_answer(
    session: Session, group: str, answer: str, way: str, now: datetime, *, call_id: int | None = None
) -> None:
    """Store one answer, `yes` or `no`, and count it."""
    session.add(SurveyAnswer(call_id=call_id, group=group, answer=answer, way=way, at=now))
    add(session, count("callcenter_survey_answers_total", group=group, answer=answer))
