"""The callback job: ends lost attempts, reassigns callbacks, and sends the messages that are due."""

from dataclasses import replace

from sqlalchemy.orm import Session, sessionmaker

from callcenter.callbacks import lost_attempts, owners, reminders
from callcenter.callbacks.due_messages import due_sends
from callcenter.clock import Clock
from callcenter.notify.wording import Writer
from callcenter.rota import versions
from callcenter.storage.engine import reading
from callcenter.telephony.outbox import enqueue


def run(
    sessions: sessionmaker[Session], clock: Clock, *, public_url: str, locale: str = "nl", lead_channels: int = 0
) -> int:
    """Do once what is due for all callbacks. Returns how much was done, 0 when nothing was due.

    Mostly it only reads. Every step is a transaction of its own in which a conditional UPDATE decides. So it may run on
    several hosts at once and be killed anywhere. After an hour without it, everything that became due is done once.

    lead_channels: how many addresses CALLCENTER_NOTIFY_URLS has.
    """
    with reading(sessions) as session:
        rota = versions.active_rota(session)
        if rota is None:
            return 0
        any_lost = lost_attempts.lost(session, clock.now())
        checks = lost_attempts.late(session, clock.now())
        any_to_reassign = owners.any_to_reassign(session, rota, clock.now())
    done = 0
    if checks:
        with sessions.begin() as session:
            enqueue(session, clock.now(), *checks)
        done += len(checks)
    if any_lost:
        with sessions.begin() as session:
            done += lost_attempts.end_lost(session, rota, clock.now())
    if any_to_reassign:
        with sessions.begin() as session:
            done += owners.reassign(session, rota, clock.now())
    writer = Writer(locale, rota.zone, public_url)
    with reading(sessions) as session:
        now = clock.now()
        closing, reopens = reminders.closing_of(rota, now)
        reachable = reminders.reachable(session, rota, now)
        this = reminders.Round(session, rota, now, writer, reachable, lead_channels, closing, reopens)
        any_live, sends = due_sends(this)
        if not any_live:
            return done
        if reminders.due_digests(this):  # first, since a callback in a digest is not announced as new
            sends = [reminders.send_digests, *sends]
    for send in sends:
        with sessions.begin() as session:
            done += send(replace(this, session=session, now=clock.now()))
    return done
