"""The job for callbacks: ends attempts that hang, assigns owners, and sends reminders."""

from dataclasses import replace

from sqlalchemy.orm import Session, sessionmaker

from callcenter.callbacks import reminders, upkeep
from callcenter.clock import Clock
from callcenter.notify.messages import Writer
from callcenter.rota import versions
from callcenter.storage.engine import reading


def run(
    sessions: sessionmaker[Session], clock: Clock, *, public_url: str, locale: str = "nl", lead_channels: int = 0
) -> int:
    """Check all callbacks once; returns the number of changes and messages, 0 when nothing was due.

    Most runs only read. Each step is a transaction of its own in which a conditional UPDATE decides. So the job may run
    on several hosts at once and may be killed at any point. After an hour without it, whatever was due is done once.

    lead_channels: how many addresses CALLCENTER_NOTIFY_URLS holds.
    """
    with reading(sessions) as session:
        active = versions.active(session)
        if active is None:
            return 0
        rota = active[1]
        lost = upkeep.lost(session, clock.now())
        homeless = upkeep.anything_to_give(session, rota, clock.now())
    done = 0
    if lost:
        with sessions.begin() as session:
            done += upkeep.end_lost(session, rota, clock.now())
    if homeless:
        with sessions.begin() as session:
            done += upkeep.give_out(session, rota, clock.now())
    writer = Writer(locale, rota.zone, public_url)
    with reading(sessions) as session:
        any_left, tells = reminders.left_to_tell(session.connection(), clock.now())
        if not any_left:
            return done
        on_duty = reminders.may_be_told(session, rota, clock.now())
        post = reminders.Post(session, rota, clock.now(), writer, on_duty, lead_channels)
        if reminders.undigested(post):  # first: the digest names callbacks that would else be announced as new
            tells = [reminders.tell_digest, *tells]
    for tell in tells:
        with sessions.begin() as session:
            done += tell(replace(post, session=session, now=clock.now()))
    return done
