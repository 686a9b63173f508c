"""Is any promise at risk? Ends what hangs, gives work to people who are there, and tells them in time."""

from collections.abc import Callable

from sqlalchemy.orm import Session, sessionmaker

from callcenter.callbacks import telling, upkeep
from callcenter.clock import Clock
from callcenter.notify.messages import Writer
from callcenter.rota import versions
from callcenter.storage.engine import reading

Tell = Callable[[telling.Post], int]
# In this order: whoever is told of something is its owner by then; a digest says what would be told as new.
_OF_THE_DAY: tuple[Tell, ...] = (telling.tell_digest,)
_OF_EACH: tuple[Tell, ...] = (telling.tell_overdue, telling.remind, telling.tell_new, telling.escalate)


def run(
    sessions: sessionmaker[Session], clock: Clock, *, public_url: str, locale: str = "nl", lead_channels: int = 0
) -> int:
    """One look at all promises; returns how much was done, 0 when nothing was due.

    Every step is a transaction of its own in which a conditional UPDATE decides, so it may run on several hosts at
    once, be killed anywhere, and be away for an hour: what was due meanwhile is done when it is back, once.

    lead_channels: how many addresses CALLCENTER_NOTIFY_URLS holds.
    """
    with reading(sessions) as session:
        active = versions.active(session)
        if active is None:
            return 0
        rota = active[1]
        homeless = upkeep.anything_to_give(session, rota, clock.now())
    with sessions.begin() as session:
        done = upkeep.end_lost(session, rota, clock.now())
    if homeless:
        with sessions.begin() as session:
            done += upkeep.give_out(session, rota, clock.now())
    with reading(sessions) as session:
        any_left, any_untold = telling.left_to_tell(session.connection(), clock.now())
        on_duty = telling.may_be_told(session, rota, clock.now()) if any_left else frozenset()
    writer = Writer(locale, rota.zone, public_url)
    for tell in (*(_OF_THE_DAY if any_left else ()), *(_OF_EACH if any_untold else ())):
        with sessions.begin() as session:
            done += tell(telling.Post(session, rota, clock.now(), writer, on_duty, lead_channels))
    return done
