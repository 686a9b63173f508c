"""Sends the survey question as a text message with a link. No order has the number or the link: both are read late."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.lines.records import Line
from callcenter.routing.records import SurveyQuestion
from callcenter.routing.survey_links import PATH, new_token
from callcenter.telephony.outbox import Effect, Order, SingleOrderEffect
from callcenter.telephony.prompts import write
from callcenter.telephony.records import OutboxMessage
from callcenter.telephony.retry_policy import RetryPolicy
from callcenter.telephony.twilio_api import TwilioApi

KIND = "survey_text"
# A text that Twilio does not take within two hours is not sent: it would come at night.
SEND_WITHIN_S = 2 * 3600.0


def text_order(question_id: int, language: str) -> Order:
    """The order of the text for a stored question. language: `nl` or `en`, as the caller heard the line."""
    payload = {"question_id": question_id, "language": language}
    return Order(KIND, payload, expires_in_s=SEND_WITHIN_S, dedupe_key=f"{KIND}:{question_id}")


class SurveyText(SingleOrderEffect):
    """The text to a caller. It is sent again only when Twilio certainly did not take it.

    Twilio refuses a text to a number that answered STOP to the line, without cost. The question stays stored, so that
    the number is not tried again for as long as one that was asked.
    """

    retry_pauses_s: tuple[float, ...] = (5.0, 30.0, 120.0, 600.0)
    retry_policy = RetryPolicy.MESSAGE
    idempotent = False
    lease_s = 60.0

    def __init__(self, twilio: TwilioApi, public_url: str) -> None:
        self._twilio = twilio
        self._public_url = public_url

    def is_needed(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        question_id = order.payload["question_id"]
        found = session.execute(
            select(SurveyQuestion.number, Line.number.label("line"))
            .join(Line, Line.id == SurveyQuestion.line_id)
            .where(SurveyQuestion.id == question_id, SurveyQuestion.number.is_not(None))
        ).one_or_none()
        if found is None:
            return False  # the number was forgotten
        link = f"{self._public_url}{PATH}{new_token(session, question_id)}"
        body = write("sms_survey", order.payload["language"], link=link)
        # For `perform` alone: this is not stored.
        order.payload = {**order.payload, "to": found.number, "from": found.line, "body": body}
        return True

    def perform(self, order: OutboxMessage) -> str:
        return self._twilio.send_sms(to=order.payload["to"], from_=order.payload["from"], body=order.payload["body"])

    def record_result(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        """Nothing: the question is stored."""

    def record_failure(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        """Nothing: the caller is not asked, and no other way is worth a call."""


def effects(twilio: TwilioApi, public_url: str) -> Mapping[str, Effect]:
    """The effect of this module, by kind of order."""
    return {KIND: SurveyText(twilio, public_url)}
