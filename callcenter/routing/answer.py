"""Handles the events of a consultant's leg, and the caller's joining of the conference."""

from datetime import datetime

from sqlalchemy import bindparam, select, update

from callcenter.calls.call import Call
from callcenter.calls.leg import FINAL, PATIENCE, Leg
from callcenter.calls.stages import LegResult, Stage, was_talk
from callcenter.presence import claims
from callcenter.routing.hunting import advance_and_redirect
from callcenter.routing.redirects import redirect_caller
from callcenter.routing.ringing import begin, end_leg, note_result, stop_ringing
from callcenter.routing.transaction import CallTransaction, answering_leg, live_legs, locked_leg
from callcenter.storage.base import instant, table_of
from callcenter.storage.statements import Prepared
from callcenter.telephony.outbox import Order, enqueue

# Seconds after joining before we check that the consultant is still there.
STILL_THERE_S = 5
# Twilio requests the caller's <Dial> action at once when a conference ends. After this many seconds it was lost.
ACTION_WITHIN_S = 3

_CALL = table_of(Call).c
# This UPDATE alone decides between two consultants who press 1 at once. The second UPDATE waits for the first one's
# commit, evaluates the condition again, and changes no row. It needs no lock taken beforehand.
_TAKE = Prepared(
    update(table_of(Call))
    .where(_CALL.id == bindparam("call"), _CALL.step == bindparam("stage"), _CALL.answered_leg_id.is_(None))
    .values(answered_leg_id=bindparam("leg"), answered_by=bindparam("consultant"), accepted_at=instant("now"))
    .returning(_CALL.id)
)


def pick_up(tx: CallTransaction, call: Call, leg: Leg) -> bool:
    """A person or a personal voicemail picked up. Returns False when the call can no longer be accepted."""
    leg.pick_up(tx.now)
    if not _may_accept(call, leg):
        return False
    leg.screen()
    assert leg.picked_up_at is not None
    call.advance_by(leg.picked_up_at + PATIENCE)
    return True


def accept(tx: CallTransaction, call: Call, leg: Leg) -> bool:
    """The consultant pressed 1. Returns whether this consultant has the call; a repeat gets the same answer."""
    if not _take(tx, call, leg):
        if leg.accepted_at is not None:
            return True
        late = call.ended_at is None or call.answered_leg_id is not None
        note_result(tx, call, leg, LegResult.TOO_LATE if late else LegResult.CANCELLED)
        return False
    note_result(tx, call, leg, LegResult.ACCEPTED)
    leg.accept(tx.now, until=tx.now + claims.TALK_LIMIT)
    others = [other for other in live_legs(tx.session, call) if other.id != leg.id]
    stop_ringing(tx, call, others, LegResult.CANCELLED)
    claims.start_talk(tx.session, leg.consultant, call.call_sid, tx.now, tx.batch)
    if leg.kind == "dial":
        call.connect(tx.now)
    else:
        call.go_to(Stage.CONNECTING, tx.now)
        redirect_caller(tx, call)
    return True


def refuse(tx: CallTransaction, call: Call, leg: Leg) -> None:
    """The consultant declined the call: the hunt continues at once."""
    note_result(tx, call, leg, LegResult.DECLINED)
    advance_and_redirect(tx, call)


def connect(tx: CallTransaction, call: Call) -> None:
    """The caller joins the conference in which the consultant waits."""
    call.connect(tx.now)
    leg = answering_leg(tx.session, call)
    if leg is not None:
        check_soon(tx, leg)


def check_soon(tx: CallTransaction, leg: Leg) -> None:
    """Order a check, in `STILL_THERE_S`, that the consultant is still there. If the consultant left before the caller
    joined and that event was lost, nothing else would end the caller's wait."""
    if leg.leg_sid is not None:
        check = Order("check_leg", {"sid": leg.leg_sid}, expires_in_s=60, delay_s=STILL_THERE_S, leg_id=leg.id)
        enqueue(tx.session, tx.now, check, batch=tx.batch)


def note_status(tx: CallTransaction, call: Call, leg: Leg, status: str, at: datetime | None = None) -> None:
    """Store one status event of a leg; they may come in any order. at: when the leg ended (UTC), if before now."""
    if leg.ended_at is not None:
        return
    if status in ("queued", "initiated"):
        begin(tx, call, leg)
    elif status == "ringing":
        begin(tx, call, leg)
        leg.ring()
    elif status == "in-progress":
        leg.pick_up(tx.now)
    elif status in FINAL:
        _note_end(tx, call, leg, leg.result_of(status, tx.now), min(at or tx.now, tx.now))


def _stage_to_accept_in(leg: Leg) -> Stage:
    return Stage.DIALLING if leg.kind == "dial" else Stage.HUNTING


def _may_accept(call: Call, leg: Leg) -> bool:
    return call.stage == _stage_to_accept_in(leg) and leg.result is None and leg.ended_at is None


def _take(tx: CallTransaction, call: Call, leg: Leg) -> bool:
    """Make this consultant the one who answers. False when the call is answered already or no longer waits."""
    if not _may_accept(call, leg):
        return False
    values = {"call": call.id, "stage": _stage_to_accept_in(leg), "leg": leg.id, "consultant": leg.consultant}
    if len(_TAKE(tx.session.connection(), {**values, "now": tx.now})) != 1:
        locked_leg(tx, leg.id)  # another consultant was first: read the changed rows
        return False
    call.be_answered(leg.id, leg.consultant, tx.now)
    return True


def _note_end(tx: CallTransaction, call: Call, leg: Leg, result: LegResult, at: datetime) -> None:
    # When another was first or the caller has left, not answering is no refusal (docs/rota-rules.md, Presence).
    hunting = call.stage in (Stage.HUNTING, Stage.DIALLING)
    if not hunting and leg.picked_up_at is None and result != LegResult.FAILED:
        result = LegResult.CANCELLED
    end_leg(tx, call, leg, result, refusal=hunting, at=at)
    if leg.result == LegResult.BUSY:
        call.note_engaged(leg.consultant, tx.now)
    if leg.id != call.answered_leg_id:
        advance_and_redirect(tx, call)
    elif call.stage == Stage.CONNECTING:
        lose_consultant(tx, call)
        if call.is_hunting:
            redirect_caller(tx, call)  # back to the hold turns; if the hunt ended, the caller was redirected already
    elif call.stage == Stage.TALKING:
        call.end_talk(at, leg.picked_up_at)
        redirect_caller(tx, call, delay_s=ACTION_WITHIN_S, only_in=Stage.TALKING)


def never_spoke(call: Call, leg: Leg | None) -> bool:
    """Whether the consultant left before the two could speak."""
    if call.connected_at is None or leg is None or leg.ended_at is None:
        return False
    return not was_talk(call.connected_at, leg.ended_at, leg.picked_up_at)


def lose_consultant(tx: CallTransaction, call: Call) -> None:
    """The consultant left before the two could speak: the hunt starts again within the same cap. Every consultant who
    has not refused the call may be rung again."""
    legs = tx.session.execute(select(Leg.consultant, Leg.result).where(Leg.call_id == call.id)).all()
    again = {leg.consultant for leg in legs} - {leg.consultant for leg in legs if leg.result != LegResult.CANCELLED}
    call.lose_consultant(again, tx.now)
    advance_and_redirect(tx, call)
