"""The survey after a talk: chooses the callers who get the question, and stores their answers."""

import hashlib

from sqlalchemy import select

from callcenter.calls.call import Call
from callcenter.routing.records import SurveyAnswer
from callcenter.routing.transaction import CallTransaction
from callcenter.storage.totals import add, count

# One caller in three: enough answers for a weekly confidence interval, few enough for a school that rings every day.
ONE_IN = 3
_ANSWERS = {"1": "yes", "2": "no"}


def asks(call: Call) -> bool:
    """Whether this caller gets the survey question; consultants never do.

    The choice is a hash of the call's sid, so a repeated request gives the same result.
    """
    if call.staff is not None:
        return False
    return int.from_bytes(hashlib.sha256(call.call_sid.encode()).digest()[:4], "big") % ONE_IN == 0


def store_answer(tx: CallTransaction, call: Call, key: str) -> bool:
    """Store the first answer of a call. Returns False when the key is not an answer."""
    answer = _ANSWERS.get(key)
    if answer is None:
        return False
    if tx.session.scalar(select(SurveyAnswer.id).where(SurveyAnswer.call_id == call.id)) is None:
        tx.session.add(SurveyAnswer(call_id=call.id, group=call.group, answer=answer, at=tx.now))
        add(tx.session, count("callcenter_survey_answers_total", group=call.group, answer=answer))
    return True
