"""The report job: orders the mails of last month's report on the first open day of the month."""

from sqlalchemy.orm import Session, sessionmaker

from callcenter.clock import Clock
from callcenter.reports.mailing import orders_due
from callcenter.reports.recipients import recipients
from callcenter.rota import versions
from callcenter.telephony.outbox import enqueue


def run(sessions: sessionmaker[Session], clock: Clock, *, can_mail: bool) -> int:
    """Order a mail for each recipient who has none for this month. Returns how many orders are due or made.

    It may run on several hosts and any number of times: the dedupe key allows one mail a month and address.
    can_mail: CALLCENTER_MAIL_URL is set.
    """
    if not can_mail:
        return 0
    with sessions.begin() as session:
        rota, now = versions.active_rota(session), clock.now()
        found = orders_due(rota, now, recipients(session)) if rota else []
        if found:
            enqueue(session, now, *found)
        return len(found)
