"""Is any promise at risk? Ends what hangs, gives work to people who are there, and tells them in time."""

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
    """One look at all promises; returns how much was done, 0 when nothing was due.

    Mostly it only reads. Every step is a transaction of its own in which a conditional UPDATE decides, so it may run on
    several hosts at once, be killed anywhere, and be away for an hour: what was due meanwhile is done when it is back,
    once.

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
        if reminders.undigested(post):  # first: a digest says what would be told as new
            tells = [reminders.tell_digest, *tells]
    for tell in tells:
        with sessions.begin() as session:
            done += tell(replace(post, session=session, now=clock.now()))
    return done
