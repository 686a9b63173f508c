"""The limits job: tells the team lead when a limit to abuse or to cost is reached, once a day for each."""

import json
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.callbacks.outgoing import outgoing
from callcenter.clock import Clock
from callcenter.notify.channels import to_lead
from callcenter.notify.limit_wording import limit_reached
from callcenter.rota import versions
from callcenter.storage.engine import reading
from callcenter.storage.records import MetricTotal
from callcenter.storage.system_facts import read_fact, store_fact
from callcenter.telephony.outbox import enqueue

_TOTAL = "callcenter_calls_limited_total"
_FACT = "limits_told"


def run(
    sessions: sessionmaker[Session], clock: Clock, *, public_url: str, locale: str = "nl", lead_channels: int = 0
) -> int:
    """Order a message for each limit that was reached since the last run. Returns how many limits.

    It may run on several hosts and any number of times: the dedupe key allows one message a day for each limit. Mostly
    it only reads. lead_channels: how many addresses CALLCENTER_NOTIFY_URLS has.
    """
    with reading(sessions) as session:
        now = clock.now()
        rota = versions.active_rota(session)
        if rota is None:
            return 0
        totals, told = _totals(session), read_fact(session, _FACT)
        grown = {limit for limit, n in totals.items() if n > (told.value.get(limit, 0) if told else 0)}
        reached = grown - {"number"}  # one number that nobody knows: the call's page says so, and no more
        if outgoing(session, now).callers >= rota.policy.limits.callers_rung:
            reached.add("callers")
    if not grown and not reached:
        return 0
    day = now.astimezone(rota.zone).date().isoformat()
    with sessions.begin() as session:
        for limit in sorted(reached):
            body = limit_reached(limit, locale, public_url)
            enqueue(session, now, *to_lead(body=body, channels=lead_channels, dedupe_key=f"limit:{limit}:{day}"))
        store_fact(session, _FACT, totals, now)
    return len(reached)


def _totals(session: Session) -> Mapping[str, float]:
    """How many calls each limit has held back since the line began."""
    rows = session.execute(select(MetricTotal.labels, MetricTotal.value).where(MetricTotal.name == _TOTAL))
    return {json.loads(labels)["limit"]: value for labels, value in rows}
