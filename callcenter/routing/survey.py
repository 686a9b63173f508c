"""The survey after a talk: which callers are asked whether the office was easy to reach, and their answers."""

import hashlib

from sqlalchemy import select

from callcenter.calls.call import Call
from callcenter.routing.records import SurveyAnswer
from callcenter.routing.transaction import CallTransaction
from callcenter.storage.totals import add, count

# One caller in three: enough answers in a week for an interval, few enough not to bother a school that rings daily.
ONE_IN = 3
_ANSWERS = {"1": "yes", "2": "no"}


def asks(call: Call) -> bool:
    """Whether this caller is asked: decided by the call's sid, so that a repeated request decides alike. A consultant
    never is."""
    if call.staff is not None:
        return False
    return int.from_bytes(hashlib.sha256(call.call_sid.encode()).digest()[:4], "big") % ONE_IN == 0


def store_answer(tx: CallTransaction, call: Call, key: str) -> bool:
    """Store an answer; the first one counts. False when the key is no answer."""
    answer = _ANSWERS.get(key)
    if answer is None:
        return False
    if tx.session.scalar(select(SurveyAnswer.id).where(SurveyAnswer.call_id == call.id)) is None:
        tx.session.add(SurveyAnswer(call_id=call.id, group=call.group, answer=answer, at=tx.now))
        add(tx.session, count("callcenter_survey_answers_total", group=call.group, answer=answer))
    return True
