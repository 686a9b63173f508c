"""The survey job: orders the texts to callers whose callback is over or late, while the line is open."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, func, or_, select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.callbacks.records import Callback, CallbackAttempt, PromisedTime
from callcenter.callbacks.rules import LIVE
from callcenter.calls.call import Call
from callcenter.lines.records import BlockedNumber
from callcenter.numbers import is_dutch_mobile
from callcenter.rota import versions
from callcenter.rota.hours import is_open
from callcenter.rota.model import Rota
from callcenter.routing.records import SurveyQuestion
from callcenter.routing.survey import CALL, ONCE_IN, is_sampled, store_question
from callcenter.routing.survey_texts import text_order
from callcenter.routing.survey_whom import ASK_WITHIN, Help, way_to_ask
from callcenter.storage.engine import reading
from callcenter.telephony.outbox import enqueue

# Each text costs money: no fault and no busy day sends more than these.
MOST_IN_A_DAY = 100


def run(sessions: sessionmaker[Session], now: datetime) -> int:
    """Ask by text whom the policy's rate chooses. Returns how many texts were ordered.

    It may run on several hosts at once: the unique number of survey_question lets one of them ask.
    """
    with reading(sessions) as session:
        rota = versions.active_rota(session)
        if rota is None or not rota.policy.survey.texts or not is_open(rota, now):
            return 0
        due = list(_due(session, rota, now))[: _left_today(session, now)]
    asked = 0
    for row, way in due:
        with sessions.begin() as session:
            callback = {"number": row.number, "line_id": row.line_id, "group": row.group, "callback_id": row.id}
            question = store_question(session, {**callback, "way": way}, now)
            if question is not None:
                enqueue(session, now, text_order(question.id, row.language or "nl"))
                asked += 1
    return asked


def _left_today(session: Session, now: datetime) -> int:
    texts = SurveyQuestion.way != CALL, SurveyQuestion.asked_at > now - timedelta(days=1)
    return max(0, MOST_IN_A_DAY - session.scalars(select(func.count()).where(*texts)).one())


def _due(session: Session, rota: Rota, now: datetime) -> Iterator[tuple[Row[Any], str]]:
    staff = {person.mobile for person in rota.consultants.values()}
    for row in session.execute(_candidates(now)):
        if row.number in staff or not is_dutch_mobile(row.number):
            continue
        if not is_sampled(f"callback:{row.id}", rota.policy.survey.rate):
            continue
        became = Help(
            row.state,
            row.left_at,
            row.closed_at,
            row.cancel_reason,
            row.broken_at,
            row.spoken_at,
            bool(row.answered),
            bool(row.under_way),
        )
        way = way_to_ask(became, now)
        if way is not None:
            yield row, way


def _candidates(now: datetime) -> Any:
    """Callbacks of callers who rang from this number themselves, and were not asked within ONCE_IN.

    A keyed number may be somebody else's, and one that a colleague typed belongs to somebody who did not ring.
    """
    attempts = CallbackAttempt.callback_id == Callback.id
    left_at = func.coalesce(Callback.asked_at, Callback.created_at)
    broken_at = select(func.min(PromisedTime.due_at)).where(
        PromisedTime.callback_id == Callback.id,
        PromisedTime.due_at < now,
        PromisedTime.kept_at.is_(None),
        PromisedTime.withdrawn_at.is_(None),
    )
    spoken_at = select(func.max(func.coalesce(CallbackAttempt.ended_at, CallbackAttempt.started_at))).where(
        attempts, CallbackAttempt.result == "reached"
    )
    answered = select(Call.id).where(
        Call.from_number == Callback.number, Call.outcome == "answered", Call.received_at >= Callback.created_at
    )
    language = select(Call.language).where(Call.callback_id == Callback.id).order_by(Call.id.desc()).limit(1)
    was_asked = select(SurveyQuestion.id).where(
        SurveyQuestion.number == Callback.number, SurveyQuestion.asked_at >= now - ONCE_IN
    )
    blocked = select(BlockedNumber.number).where(
        BlockedNumber.number == Callback.number, or_(BlockedNumber.until.is_(None), BlockedNumber.until > now)
    )
    return (
        select(
            *(Callback.id, Callback.number, Callback.line_id, Callback.group, Callback.state),
            *(Callback.closed_at, Callback.cancel_reason, left_at.label("left_at")),
            broken_at.scalar_subquery().label("broken_at"),
            spoken_at.scalar_subquery().label("spoken_at"),
            answered.exists().label("answered"),
            select(CallbackAttempt.id).where(attempts, CallbackAttempt.ended_at.is_(None)).exists().label("under_way"),
            language.scalar_subquery().label("language"),
        )
        .where(
            Callback.number.is_not(None),
            ~Callback.number_keyed,
            Callback.created_by.is_(None),
            or_(Callback.closed_at > now - ASK_WITHIN, and_(Callback.state.in_(LIVE), Callback.due_at < now)),
            ~was_asked.exists(),
            ~blocked.exists(),
        )
        .order_by(Callback.id)
    )
