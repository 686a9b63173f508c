"""The end of a call: fixes its one outcome, counts it, and creates its callback."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.callbacks import promises
from callcenter.callbacks.rules import due_at
from callcenter.calls.call import Call
from callcenter.calls.stages import SPOKE_S, WAITING, LegResult, Outcome, Stage
from callcenter.presence.claims import release
from callcenter.routing.ringing import end_leg, hang_up, stop_ringing
from callcenter.routing.transaction import CallTransaction, answering_leg, live_legs
from callcenter.storage.totals import Increment, add, count, observe

# How long the outcome of a call waits for the report of a recording; Twilio sends it within seconds.
RECORDING_REPORT_S = 35
# A conference ends when the caller leaves it. A consultant whose leg is live after this was alone in it.
ALONE_S = 2
# A caller who hangs up at these stages abandoned the call. TALKING is one of them when there was no talk.
_BEFORE_HELP = WAITING | {Stage.TALKING}
# The reason of the callback of a call without help, by its outcome.
_REASONS = {
    Outcome.VOICEMAIL: "voicemail",
    Outcome.CALLBACK_REQUESTED: "requested",
    Outcome.MISSED: "missed",
    Outcome.ABANDONED: "abandoned",
    Outcome.CLOSED: "closed",
    Outcome.FAILED: "missed",
}
UNANSWERED = frozenset(_REASONS)


@dataclass(frozen=True, slots=True)
class AtTheEnd:
    """The facts that decide an outcome. spoke: there was a talk; failed: Twilio reports that the call failed."""

    stage: Stage
    in_hours: bool
    spoke: bool
    voicemail: bool
    wants_callback: bool
    failed: bool


def outcome_of(end: AtTheEnd) -> Outcome:
    """The outcome of a call that is over: a talk first, then a message, then a requested callback, then the rest."""
    if end.spoke:
        return Outcome.ANSWERED
    if end.voicemail:
        return Outcome.VOICEMAIL
    if end.wants_callback:
        return Outcome.CALLBACK_REQUESTED
    if end.failed:
        return Outcome.FAILED
    if not end.in_hours:
        return Outcome.CLOSED
    return Outcome.ABANDONED if end.stage in _BEFORE_HELP else Outcome.MISSED


def finish(tx: CallTransaction, call: Call, *, failed: bool = False, at: datetime | None = None) -> None:
    """The caller has hung up: stop the legs, free the consultants, fix the outcome and create a callback.

    at: when (UTC), if before now. While a recording may still be reported, the outcome is not fixed yet: `fix_waiting`
    does that later. Does nothing if the end is stored already.
    """
    if call.ended_at is not None:
        return
    ended_at = max(at or tx.now, call.received_at)
    # If the end is reported late, the hunt may have continued after the caller hung up.
    left_waiting = call.message_at is not None and ended_at < call.message_at
    stage = Stage.HUNTING if left_waiting else Stage(call.stage)
    was_connected = call.connected_at is not None
    _free_consultants(tx, call)
    leg = answering_leg(tx.session, call) if was_connected else None
    call.end(ended_at, tx.now, leg.picked_up_at if leg else None)
    may_be_recorded = stage == Stage.RECORDING and call.voicemail_id is None and not call.nothing_recorded
    if may_be_recorded and not was_connected:
        call.advance_at(tx.now + timedelta(seconds=RECORDING_REPORT_S))
        return
    _fix(tx, call, stage, failed)


def fix_waiting(tx: CallTransaction, call: Call) -> None:
    """Fix the outcome of an ended call that waited for the report of a recording."""
    if call.ended_at is not None and call.outcome is None:
        _fix(tx, call, Stage.RECORDING, failed=False)


def add_late_message(tx: CallTransaction, call: Call) -> None:
    """Add a late message to the call's callback, or create one. Late: reported after the outcome was fixed."""
    if call.outcome not in UNANSWERED:
        return
    if call.callback_id is None or not promises.join_message(tx.session, call.callback_id):
        _promise(tx, call, Outcome.VOICEMAIL, late=True)


def reject(tx: CallTransaction, call: Call) -> None:
    """Reject a call that is not put through. It is stored and counted, but not as offered."""
    call.reject(tx.now)
    add(tx.session, _calls_total(call))


def _free_consultants(tx: CallTransaction, call: Call) -> None:
    """Stop what still rings, and order the end of the talk. The claim of a REST leg ends with that leg, not here."""
    if call.staff is not None:
        release(tx.session, call.staff, call.call_sid)
    legs = live_legs(tx.session, call)
    stop_ringing(tx, call, legs, LegResult.CANCELLED)
    for leg in legs:
        if leg.accepted_at is not None and leg.kind == "rest":
            # Claimed until the leg's end event, which mostly comes when the conference ends. If none comes within
            # ALONE_S, the leg is hung up; at once if the caller never joined.
            hang_up(tx, call, leg, delay_s=ALONE_S if call.connected_at else 0)
        elif leg.accepted_at is not None:
            end_leg(tx, call, leg, LegResult.ACCEPTED)
        elif leg.kind == "dial":
            end_leg(tx, call, leg, LegResult.CANCELLED)


def _fix(tx: CallTransaction, call: Call, stage: Stage, failed: bool) -> None:
    spoke = call.connected_at is not None and (call.talk_s or 0) >= SPOKE_S
    outcome = outcome_of(
        AtTheEnd(stage, call.in_hours, spoke, call.voicemail_id is not None, call.wants_callback, failed)
    )
    # Without a talk, a connected caller waited until the end of the call.
    ends = (call.connected_at if spoke else None, call.message_at, call.ended_at)
    waited_until = [at for at in ends if at is not None]
    wait_s = max(0.0, (min(waited_until, default=tx.now) - call.received_at).total_seconds())
    rules = tx.rules_of(call)
    too_short = outcome == Outcome.ABANDONED and wait_s <= rules.abandon_grace_s
    counted = call.in_hours and call.staff is None and not too_short
    call.fix_outcome(outcome, wait_s, counted=counted, now=tx.now, service_level_s=rules.service_level_s)
    add(tx.session, _figures(tx, call))
    if outcome in UNANSWERED:
        _promise(tx, call, outcome)
    elif number := call.number_to_ring:
        promises.resolve_by_call(
            tx.session,
            number,
            tx.now,
            came_in_at=call.received_at,
            answered_by=call.answered_by,
            connected_at=call.connected_at,
        )


def _promise(tx: CallTransaction, call: Call, outcome: Outcome, *, late: bool = False) -> None:
    # A consultant who rings the line gets no callback; a message is still stored and played.
    number = call.number_to_ring if call.staff is None else None
    if tx.rota is None or (number is None and outcome != Outcome.VOICEMAIL):
        return
    reason = "reconciled" if call.reconciled else _REASONS[outcome]
    due_by = due_at(tx.rota, reason, tx.now)
    callback = promises.promise(
        tx.session,
        tx.rota,
        promises.Promise(
            line_id=call.line_id,
            number=number,
            group=call.group,
            contact_id=call.contact_id,
            caller_name=call.caller_name,
            caller_place=call.caller_place,
            preferred=call.preferred,
            dialled=call.rescued_for,
            left_by=call.staff,
            reason=reason,
            due_at=min(due_by, call.promised_at or due_by) if not late else due_by,
            left_at=call.ended_at,
            number_keyed=number is not None and number == call.keyed_number != call.from_number,
        ),
        tx.now,
        tx.batch,
    )
    if callback is not None:
        call.link_callback(callback.id)


def _figures(tx: CallTransaction, call: Call) -> list[Increment]:
    line = str(call.line_id)
    answered = call.outcome == Outcome.ANSWERED
    wait_s = call.wait_s or 0.0
    increments = _calls_total(call)
    if call.staff is not None:
        return increments
    if answered and call.talk_s is not None:
        increments += observe("callcenter_call_talk_seconds", call.talk_s, line=line)
    if call.rescued_for is not None:
        increments += count("callcenter_rescued_calls_total", line=line, group=call.group)
    if call.counted:
        result = "answered" if answered else "unanswered"
        increments += observe("callcenter_call_wait_seconds", wait_s, line=line, result=result)
        increments += count("callcenter_offered_calls_total", line=line, group=call.group)
        increments += count(
            "callcenter_offered_by_outcome_total", line=line, group=call.group, outcome=str(call.outcome)
        )
        if answered:
            increments += count("callcenter_answered_calls_total", line=line, group=call.group)
        if call.in_time:
            increments += count("callcenter_answered_in_time_total", line=line)
    return increments


def _calls_total(call: Call) -> list[Increment]:
    return count(
        "callcenter_calls_total",
        line=str(call.line_id),
        group=call.group,
        outcome=str(call.outcome),
        hours="open" if call.in_hours else "closed",
    )
