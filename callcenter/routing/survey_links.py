"""The link of a survey question: its random token, how long it holds, and the one answer that it takes."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from callcenter.access.secret_hash import digest
from callcenter.routing.records import SurveyQuestion
from callcenter.routing.survey import count_answer

HOLDS_FOR = timedelta(days=14)
_TOKEN_BYTES = 16  # 128 bits: it cannot be guessed within 14 days
PATH = "/vraag/"
Answer = Literal["yes", "no"]


@dataclass(frozen=True, slots=True)
class Link:
    """A link that holds. answered: it takes no other answer."""

    answered: bool


def new_token(session: Session, question_id: int) -> str:
    """A new token for a question, of which only the hash is stored. The former one holds no longer."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    session.execute(
        update(SurveyQuestion).where(SurveyQuestion.id == question_id).values(token_hash=digest(token)),
        execution_options={"synchronize_session": False},
    )
    return token


def find_link(session: Session, token: str, now: datetime) -> Link | None:
    """The link with this token; None when there is none, or it holds no longer."""
    found = session.execute(
        select(SurveyQuestion.answered_at).where(
            SurveyQuestion.token_hash == digest(token), SurveyQuestion.asked_at > now - HOLDS_FOR
        )
    ).one_or_none()
    return Link(found.answered_at is not None) if found else None


def answer_link(session: Session, token: str, answer: Answer, now: datetime) -> bool:
    """Store the first answer by a link. Returns False when it has one, or does not hold: then nothing changes."""
    first = session.execute(
        update(SurveyQuestion)
        .where(
            SurveyQuestion.token_hash == digest(token),
            SurveyQuestion.asked_at > now - HOLDS_FOR,
            SurveyQuestion.answered_at.is_(None),
        )
        .values(answered_at=now)
        .returning(SurveyQuestion.group, SurveyQuestion.way),
        execution_options={"synchronize_session": False},
    ).one_or_none()
    if first is None:
        return False
    count_answer(session, first.group, answer, first.way, now)
    return True
