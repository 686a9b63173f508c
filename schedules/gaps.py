"""The gap job: once a day, sends the team lead a message about opening hours of the next days with too few
people planned."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from callcenter.clock import Clock
from callcenter.notify.channels import to_lead
from callcenter.notify.wording import Writer
from callcenter.rota import versions
from callcenter.rota.duty import gaps
from callcenter.rota.hours import is_open
from callcenter.rota.model import Interval, Rota
from callcenter.rota.shortages import Shortage, shortages
from callcenter.telephony.outbox import enqueue

# Far enough ahead to find somebody, and near enough for a message.
AHEAD = timedelta(days=7)


def run(
    sessions: sessionmaker[Session], clock: Clock, *, public_url: str, locale: str = "nl", lead_channels: int = 0
) -> int:
    """Order the day's message when there are gaps within a week. Only while the line is open. Returns how many gaps.

    It may run on several hosts and any number of times: the dedupe key allows one message a day.
    lead_channels: how many addresses CALLCENTER_NOTIFY_URLS has.
    """
    with sessions.begin() as session:
        now = clock.now()
        rota = versions.active_rota(session)
        if rota is None or not is_open(rota, now):
            return 0
        found = gaps(rota, now, now + AHEAD).gaps
        if found:
            body = warning(
                found,
                fewest(rota, found[0]),
                now,
                Writer(locale, rota.zone, public_url),
                f"{public_url}/rooster",
                locale,
            )
            day = now.astimezone(rota.zone).date().isoformat()
            enqueue(session, now, *to_lead(body=body, channels=lead_channels, dedupe_key=f"gaps:{day}"))
        return len(found)


def fewest(rota: Rota, gap: Interval) -> Shortage:
    """The part of a gap in which the fewest people are planned."""
    return min(shortages(rota, gap.start, gap.end), key=lambda one: one.planned)


def warning(found: tuple[Interval, ...], short: Shortage, now: datetime, writer: Writer, link: str, locale: str) -> str:
    """The text for the team lead: how many gaps there are, when the first one is, and how many are planned in it."""
    since, until = writer.when(found[0].start, now), writer.when(found[0].end, now)
    if locale == "en":
        how_many = "A gap" if len(found) == 1 else f"{len(found)} gaps"
        which = "" if len(found) == 1 else " the first"
        planned = f"{short.planned} of {short.needed}" if short.planned else "nobody"
        return f"{how_many} in the rota,{which} from {since} to {until}, {planned} planned: {link}"
    how_many = "Een gat" if len(found) == 1 else f"{len(found)} gaten"
    which = "" if len(found) == 1 else " het eerste"
    planned = f"{short.planned} van {short.needed}" if short.planned else "niemand"
    return f"{how_many} in het rooster,{which} van {since} tot {until}, {planned} ingepland: {link}"
