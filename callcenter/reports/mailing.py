"""Mails the month report: orders it on the first open day of the month, and carries the orders out."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import SecretStr
from sqlalchemy.orm import Session, sessionmaker

from callcenter.clock import Clock
from callcenter.notify.delivery import NotDelivered, send_mail
from callcenter.reachability.month_report import month_before, month_of
from callcenter.reports.reading import report_sheet
from callcenter.reports.recipients import order_key, recipients
from callcenter.reports.records import ReportRecipient
from callcenter.reports.sheet import month_name
from callcenter.rota import versions
from callcenter.rota.hours import opening_of_day
from callcenter.rota.minutes import instant_of
from callcenter.rota.model import Rota
from callcenter.storage.engine import reading
from callcenter.telephony.outbox import Order, SingleOrderEffect
from callcenter.telephony.records import OutboxMessage
from callcenter.telephony.retry_policy import RetryPolicy, Taken, next_message_at
from callcenter.telephony.twilio_api import RestError

KIND = "report_mail"
# An installation that was down on the first open day still mails within this time. It is much shorter than orders are
# kept, so that no mail is ordered twice.
LATE = timedelta(days=7)
EXPIRES_IN_S = 3 * 24 * 3600.0
# Orders are made this long before the opening, at which they become due.
AHEAD = timedelta(hours=2)

_TEXTS = {
    "nl": ("Rapport bereikbaarheid {month}", "Het rapport over {month} is bijgevoegd. Het staat ook op {link}"),
    "en": ("Reachability report {month}", "The report on {month} is attached. It is also at {link}"),
}


def first_opening(rota: Rota, month: date) -> datetime | None:
    """When the line first opens in the month that begins on this day (UTC); None when it does not open in it."""
    days = (month + timedelta(days=number) for number in range(31))
    spans = (opening_of_day(rota, day) for day in days if day.month == month.month)
    return next((instant_of(span[0][0]) for span in spans if span), None)


def orders_due(rota: Rota, now: datetime, to: Sequence[ReportRecipient]) -> list[Order]:
    """The mails of last month's report, from shortly before the first opening of this month until a week after it.

    The same order may be made any number of times: its key lets it be stored once for each month and address.
    """
    this_month = now.astimezone(rota.zone).date().replace(day=1)
    opens_at = first_opening(rota, this_month)
    if opens_at is None or not opens_at - AHEAD <= now < opens_at + LATE:
        return []
    month = month_before(this_month)
    return [
        Order(
            KIND,
            {"month": f"{month:%Y-%m}"},
            EXPIRES_IN_S,
            delay_s=max(0.0, (opens_at - now).total_seconds()),
            dedupe_key=order_key(month, one.address),
        )
        for one in to
    ]


def _recipient(session: Session, order: OutboxMessage) -> ReportRecipient | None:
    """Whom an order is for: found by its key, since a row's id may become that of another address."""
    month = month_of(order.payload["month"])
    assert month is not None
    return next((one for one in recipients(session) if order_key(month, one.address) == order.dedupe_key), None)


class ReportMail(SingleOrderEffect):
    """A mail with the report of a month as PDF. It is dropped when its recipient was removed."""

    retry_pauses_s: tuple[float, ...] = (60.0, 600.0, 3600.0)
    idempotent = False
    retry_policy = RetryPolicy.MESSAGE
    # A dozen steps of a mail server, each as slow as notify.addresses allows.
    lease_s = 600.0
    at_once = 1

    def __init__(
        self,
        sessions: sessionmaker[Session],
        clock: Clock,
        mail_url: SecretStr | None,
        locale: str,
        public_url: str,
    ) -> None:
        self._sessions, self._clock, self._mail_url = sessions, clock, mail_url
        self._locale, self._public_url = locale, public_url

    def is_needed(self, session: Session, order: OutboxMessage, now: datetime) -> bool:
        return _recipient(session, order) is not None

    def perform(self, order: OutboxMessage) -> None:
        from callcenter.reports.pdf import as_pdf  # ReportLab is loaded once it is needed

        if self._mail_url is None:
            raise NotDelivered("no mail server set", Taken.NO)
        month = month_of(order.payload["month"])
        assert month is not None
        with reading(self._sessions) as session:
            recipient = _recipient(session, order)
            rota = versions.active_rota(session)
            if recipient is None or rota is None:
                raise NotDelivered("recipient or rota removed", Taken.REFUSED)
            address, now = recipient.address, self._clock.now()
            sheet = report_sheet(session, rota, now, month, self._locale)
        title, body = (
            text.format(month=month_name(month, self._locale), link=f"{self._public_url}/rapport/{month:%Y-%m}")
            for text in _TEXTS[self._locale]
        )
        send_mail(self._mail_url, address, title, body, as_pdf(sheet), f"{sheet.name}.pdf")

    def retry_at(self, session: Session, order: OutboxMessage, error: RestError, now: datetime) -> datetime | None:
        """One that may have arrived is not sent again: the page of the reports says that it is not certain."""
        taken = error.taken if isinstance(error, NotDelivered) else Taken.PERHAPS_SILENT
        return next_message_at(taken, self.retry_pauses_s, order.attempts, order.expires_at, now, once_more=False)

    def record_result(self, session: Session, order: OutboxMessage, result: Any, now: datetime) -> None:
        """Nothing: the page of the reports reads what became of the order."""

    def record_failure(self, session: Session, order: OutboxMessage, error: str, now: datetime) -> None:
        """Nothing: the page of the reports reads what became of the order."""
