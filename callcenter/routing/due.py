"""Which calls must be looked at now? Those whose time has come, and those for whom a colleague came free."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import exists, select, text
from sqlalchemy.orm import Session, sessionmaker

from callcenter.calls.call import Call
from callcenter.calls.stages import Stage
from callcenter.errors import DatabaseBusy
from callcenter.routing.fetching import fetch_caller
from callcenter.routing.hunting import advance_and_fetch, give_up
from callcenter.routing.outcome import settle
from callcenter.routing.plan import Caller, make_plan
from callcenter.routing.turn import turns
from callcenter.routing.waiting import preferred_seconds, turn_of
from callcenter.routing.work import Work, begin_work, live_legs, locked_call, move
from callcenter.storage.base import instant
from callcenter.storage.engine import REFUSED, glancing, reading
from callcenter.storage.prepared import Prepared
from callcenter.storage.totals import add, count

log = logging.getLogger(__name__)
BATCH = 100
# A call that cannot even be given up is looked at again after this, so that it holds up no other.
LATER = timedelta(seconds=10)
# Built once: asked every second. Those waiting longest come first.
_NOW = instant("now")
_DUE = Prepared(select(Call.id).where(Call.next_due_at <= _NOW).order_by(Call.next_due_at).limit(BATCH))
_ANYBODY_WAITS = Prepared(select(exists().where(Call.places > text("0"))))


def run_due(sessions: sessionmaker[Session], now: datetime) -> int:
    """Look at every call that is due, each in its own transaction; returns how many. Safe to run on several hosts.

    A call that cannot be advanced is logged, counted and offered a message; it never stops the calls behind it. Raises
    DatabaseBusy, after all calls, when the database refused some: they stay due.
    """
    with glancing(sessions) as connection:
        due = [call_id for (call_id,) in _DUE(connection, {"now": now})]
        ((anybody_waits,),) = _ANYBODY_WAITS(connection, {})
    stuck = [call_id for call_id in due if not _look_at(sessions, call_id, now, _is_due)]
    served = [call_id for call_id in in_turn(sessions, now) if call_id not in due] if anybody_waits else []
    stuck += [call_id for call_id in served if not _look_at(sessions, call_id, now, _is_hunting)]
    if stuck:
        raise DatabaseBusy(f"{len(stuck)} of {len(due) + len(served)} calls are looked at in a moment")
    return len(due) + len(served)


def in_turn(sessions: sessionmaker[Session], now: datetime) -> Sequence[int]:
    """The calls for which somebody came free, those that came first before others."""
    with reading(sessions) as session:
        work = begin_work(session, now, for_the_clock=True)
        if work.rota is None:
            return []
        states, waiting = work.look()
        plan = make_plan(work.rota, Caller(""), states, now)
        waiting = waiting or []
        given = turns([turn_of(call, plan) for call in waiting], preferred_seconds(work.rota), now)
    # Whoever can only be rung from within the caller's own turn of waiting is rung there.
    by_key = {call.caller.key: call for call in waiting if not call.rest_down}
    return [by_key[key].id for key, codes in given.items() if codes and key in by_key]


def _look_at(
    sessions: sessionmaker[Session], call_id: int, now: datetime, wanted: Callable[[Call, datetime], bool]
) -> bool:
    """Look at one call; False when the database did not let us."""
    try:
        with sessions.begin() as session:
            work = begin_work(session, now, for_the_clock=True)
            call = locked_call(work, call_id)
            if not wanted(call, now):
                return True
            call.next_due_at = None
            if call.step == Stage.HUNTING:
                advance_and_fetch(work, call)
            else:
                settle(work, call)
    except REFUSED as error:
        log.warning("call %s is looked at in a moment: %s", call_id, type(error).__name__)
        return False
    except Exception:
        log.exception("call %s could not be advanced; a caller who waits is offered a message", call_id)
        _offer_message(sessions, call_id, now)
    return True


def _is_due(call: Call, now: datetime) -> bool:
    return call.next_due_at is not None and call.next_due_at <= now


def _is_hunting(call: Call, _now: datetime) -> bool:
    return call.step == Stage.HUNTING


def _offer_message(sessions: sessionmaker[Session], call_id: int, now: datetime) -> None:
    """End a hunt that cannot go on. Should that fail too, the caller is offered a message without a promised time."""
    for offer in (_give_up, _let_speak):
        try:
            with sessions.begin() as session:
                work = begin_work(session, now)
                call = locked_call(work, call_id)
                add(session, count("callcenter_calls_not_advanced_total"))
                call.next_due_at = now + LATER
                if call.step == Stage.HUNTING:
                    offer(work, call)
                    fetch_caller(work, call)
            return
        except Exception:
            log.exception("call %s could not be given up", call_id)


def _give_up(work: Work, call: Call) -> None:
    give_up(work, call, live_legs(work.session, call))


def _let_speak(work: Work, call: Call) -> None:
    move(call, Stage.OFFERING, work.now)
    call.message_at = work.now
