"""Who takes the call? The first who presses 1, and what follows when a consultant's leg begins, rings or ends."""

from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm.attributes import set_committed_value

from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.stages import LegResult, Stage
from callcenter.presence import claims
from callcenter.routing import legs as leg_life
from callcenter.routing import outcome
from callcenter.routing.fetching import fetch_caller
from callcenter.routing.hunting import advance_and_fetch, late_start
from callcenter.routing.waiting import note_engaged
from callcenter.routing.work import Work, answering_leg, live_legs, locked_leg, move
from callcenter.storage.base import instant, table_of
from callcenter.storage.later import write_now
from callcenter.storage.prepared import Prepared
from callcenter.telephony.outbox import Order, put

FINAL = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
# Seconds after joining before we check that the consultant is still there.
STILL_THERE_S = 5
# Twilio asks the caller's <Dial> action at once when a conference ends; after this long it will not come any more.
ACTION_WORD_S = 3

_CALL = table_of(Call).c
# Of two consultants who press 1 at once the second finds no row: it waits for the first one's commit and then reads
# the row again. This decides alone, whether the row was locked before or not.
_TAKE = Prepared(
    update(table_of(Call))
    .where(_CALL.id == bindparam("call"), _CALL.step == bindparam("stage"), _CALL.answered_leg_id.is_(None))
    .values(answered_leg_id=bindparam("leg"), answered_by=bindparam("consultant"), accepted_at=instant("now"))
    .returning(_CALL.id)
)


def pick_up(work: Work, call: Call, leg: Leg) -> bool:
    """Somebody, or a personal voicemail, picked up. False when there is nothing left to take."""
    leg.picked_up_at = leg.picked_up_at or work.now
    if not _may_accept(call, leg):
        return False
    leg.state = "screening"
    look_again = leg.picked_up_at + leg_life.PATIENCE
    call.next_due_at = min(call.next_due_at, look_again) if call.next_due_at else look_again
    return True


def accept(work: Work, call: Call, leg: Leg) -> bool:
    """The consultant pressed 1: true for the first, and again for the same one; false when it is too late."""
    if not _take(work, call, leg):
        if leg.accepted_at is not None:
            return True
        late = call.ended_at is None or call.answered_leg_id is not None
        leg_life.set_result(work, call, leg, LegResult.TOO_LATE if late else LegResult.CANCELLED)
        return False
    leg.picked_up_at = leg.picked_up_at or work.now
    leg_life.set_result(work, call, leg, LegResult.ACCEPTED)
    leg.accepted_at = work.now
    leg.state = "joined"
    leg.expires_at = work.now + claims.TALK_LIMIT
    others = [other for other in live_legs(work.session, call) if other.id != leg.id]
    leg_life.stop(work, call, others, LegResult.CANCELLED)
    claims.start_talk(work.session, leg.consultant, call.call_sid, work.now)
    if leg.kind == "dial":
        move(call, Stage.TALKING, work.now)
        call.connected_at = work.now
    else:
        move(call, Stage.CONNECTING, work.now)
        fetch_caller(work, call)
    return True


def refuse(work: Work, call: Call, leg: Leg) -> None:
    """The consultant chose not to take it: the hunt goes on at once."""
    leg_life.set_result(work, call, leg, LegResult.DECLINED)
    advance_and_fetch(work, call)


def connect(work: Work, call: Call) -> None:
    """The caller joins the conference in which the consultant waits."""
    move(call, Stage.TALKING, work.now)
    call.connected_at = work.now
    leg = answering_leg(work.session, call)
    if leg is not None:
        look_after(work, leg)


def look_after(work: Work, leg: Leg) -> None:
    """Check soon that the consultant is there: gone before the caller came in, and that word lost, nothing would ever
    end the wait."""
    if leg.leg_sid is not None:
        look = Order("check_leg", {"sid": leg.leg_sid}, expires_in_s=60, delay_s=STILL_THERE_S, leg_id=leg.id)
        put(work.session, work.now, look)


def note_status(work: Work, call: Call, leg: Leg, status: str, at: datetime | None = None) -> None:
    """One event of a leg, whatever its order: only what moves it forward counts. at: when it ended, if that was
    earlier."""
    if leg.ended_at is not None:
        return
    if status in ("queued", "initiated"):
        _note_start(work, call, leg)
    elif status == "ringing":
        _note_start(work, call, leg)
        if leg.state in ("queued", "placed"):
            leg.state = "ringing"
    elif status == "in-progress":
        leg.picked_up_at = leg.picked_up_at or work.now
    elif status in FINAL:
        _note_end(work, call, leg, leg_life.result_of_status(leg, status, work.now), min(at or work.now, work.now))


def _stage_to_accept_in(leg: Leg) -> Stage:
    return Stage.DIALLING if leg.kind == "dial" else Stage.HUNTING


def _may_accept(call: Call, leg: Leg) -> bool:
    return call.step == _stage_to_accept_in(leg) and leg.result is None and leg.ended_at is None


def _take(work: Work, call: Call, leg: Leg) -> bool:
    """Make this consultant the one who answers, unless the call is answered or waits no more."""
    if not _may_accept(call, leg):
        return False
    taken = {"answered_leg_id": leg.id, "answered_by": leg.consultant, "accepted_at": work.now}
    values = {"call": call.id, "stage": _stage_to_accept_in(leg), "leg": leg.id, "consultant": leg.consultant}
    write_now(work.session)  # an earlier write to this row may still wait
    if len(_TAKE(work.session.connection(), {**values, "now": work.now})) != 1:
        locked_leg(work, leg.id)  # another was first: read again what that changed
        return False
    for name, value in taken.items():
        set_committed_value(call, name, value)  # as stored: not to be written again
    return True


def _note_start(work: Work, call: Call, leg: Leg) -> None:
    if leg.initiated_at is not None:
        return
    leg.initiated_at = work.now
    if leg.state in ("queued", leg_life.DOUBTED):
        leg.state = "placed"
    if leg.state == "cancelling":
        # Stopped while nobody knew whether Twilio had made it: only now is there something to end.
        leg_life.hang_up(work, call, leg)
    elif leg.result is None and call.step == Stage.HUNTING:
        late_start(work, call, leg)


def _note_end(work: Work, call: Call, leg: Leg, result: LegResult, at: datetime) -> None:
    # Once another was first, or the caller has left, not taking it is no refusal (docs/rota-rules.md, Presence).
    hunting = call.step in (Stage.HUNTING, Stage.DIALLING)
    if not hunting and leg.picked_up_at is None and result != LegResult.FAILED:
        result = LegResult.CANCELLED
    leg_life.end(work, call, leg, result, refusal=hunting)
    leg.ended_at = at
    if leg.result == LegResult.BUSY:
        note_engaged(call, leg.consultant, work.now)
    if leg.id != call.answered_leg_id:
        advance_and_fetch(work, call)
    elif call.step == Stage.CONNECTING:
        lose_consultant(work, call)
        if call.step == Stage.HUNTING:
            fetch_caller(work, call)  # back to waiting; to leave word he or she was fetched already
    elif call.step == Stage.TALKING:
        outcome.end_talk(work, call, at)
        fetch_caller(work, call, delay_s=ACTION_WORD_S, only_in=Stage.TALKING)


def never_spoke(call: Call, leg: Leg | None) -> bool:
    """Whether the consultant was gone before the two could speak."""
    if call.connected_at is None or leg is None or leg.ended_at is None:
        return False
    return (leg.ended_at - call.connected_at).total_seconds() < outcome.SPOKE_S


def lose_consultant(work: Work, call: Call) -> None:
    """The consultant went before the caller was there: the hunt begins anew, within the same cap, with everybody who
    has not refused it."""
    had = work.session.execute(select(Leg.consultant, Leg.result).where(Leg.call_id == call.id)).all()
    again = {leg.consultant for leg in had} - {leg.consultant for leg in had if leg.result != LegResult.CANCELLED}
    call.offered_to = [code for code in call.offered_to if code not in again]
    call.tier, call.tier_ends_at, call.tier_list = -1, None, []
    call.answered_leg_id = None
    call.answered_by = None
    call.accepted_at = None
    call.connected_at = None
    call.talk_s = None
    move(call, Stage.HUNTING, work.now)
    advance_and_fetch(work, call)
