"""Was the RBL easy to reach? Whom we ask, and what they answered."""

import hashlib

from sqlalchemy import select

from callcenter.calls.call import Call
from callcenter.routing.records import SurveyAnswer
from callcenter.routing.work import Work
from callcenter.storage.totals import add, count

# One in so many: enough answers in a week for an interval, few enough that a school that rings daily is not bothered.
ONE_IN = 3
_ANSWERS = {"1": "yes", "2": "no"}


def asks(call: Call) -> bool:
    """Whether this caller is asked; decided by the call itself, so that a repeated request decides alike. A colleague
    is not."""
    if call.staff is not None:
        return False
    return int.from_bytes(hashlib.sha256(call.call_sid.encode()).digest()[:4], "big") % ONE_IN == 0


def store_answer(work: Work, call: Call, key: str) -> bool:
    """Keep an answer; the first one counts. False when the key is none."""
    answer = _ANSWERS.get(key)
    if answer is None:
        return False
    if work.session.scalar(select(SurveyAnswer.id).where(SurveyAnswer.call_id == call.id)) is None:
        work.session.add(SurveyAnswer(call_id=call.id, group=call.group, answer=answer, at=work.now))
        add(work.session, count("callcenter_survey_answers_total", group=call.group, answer=answer))
    return True
