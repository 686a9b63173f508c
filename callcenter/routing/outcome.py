"""How did this call end? One outcome, fixed once, with its figures and its callback."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.callbacks import tasks
from callcenter.calls.call import Call
from callcenter.calls.stages import STATE, WAITING, LegResult, Outcome, Stage
from callcenter.presence.claims import release
from callcenter.routing import legs as leg_life
from callcenter.routing.work import Work, live_legs, move
from callcenter.storage.totals import Increment, add, count, observe

# How long the end of a call waits for word of a recording that may have been made; Twilio reports it within seconds.
RECORDING_WORD_S = 35
# A conference ends when the caller leaves it; a consultant still there after this was alone in it.
ALONE_S = 2
# Whoever of the two was gone sooner than this after the caller joined did not speak with the other.
SPOKE_S = 3.0
UNANSWERED = frozenset(
    {Outcome.VOICEMAIL, Outcome.CALLBACK_REQUESTED, Outcome.MISSED, Outcome.ABANDONED, Outcome.CLOSED, Outcome.FAILED}
)
# A caller who leaves here gave up waiting: also who had just joined, and spoke with nobody.
_BEFORE_HELP = WAITING | {Stage.TALKING}
_REASONS = {
    Outcome.VOICEMAIL: "voicemail",
    Outcome.CALLBACK_REQUESTED: "requested",
    Outcome.MISSED: "missed",
    Outcome.ABANDONED: "abandoned",
    Outcome.CLOSED: "closed",
    Outcome.FAILED: "missed",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides an outcome. spoke: the caller talked with a consultant; failed: Twilio says the call failed."""

    stage: Stage
    in_hours: bool
    spoke: bool
    voicemail: bool
    wants_callback: bool
    failed: bool


def outcome_of(facts: Facts) -> Outcome:
    """The outcome of a call that is over: what was reached counts before what was wanted."""
    if facts.spoke:
        return Outcome.ANSWERED
    if facts.voicemail:
        return Outcome.VOICEMAIL
    if facts.wants_callback:
        return Outcome.CALLBACK_REQUESTED
    if facts.failed:
        return Outcome.FAILED
    if not facts.in_hours:
        return Outcome.CLOSED
    return Outcome.ABANDONED if facts.stage in _BEFORE_HELP else Outcome.MISSED


def finish(work: Work, call: Call, *, failed: bool = False, at: datetime | None = None) -> None:
    """The caller is gone, at whatever stage: legs stop, consultants are freed, the outcome is fixed, a promise is made.

    at: when, if that was earlier than now. While a recording may still be reported, the outcome waits for that;
    `settle` fixes it when nothing comes.
    """
    if call.ended_at is not None:
        return
    call.ended_at = max(at or work.now, call.received_at)
    # Word of the end may come late, when the hunt has gone on without anybody there.
    left_waiting = call.message_at is not None and call.ended_at < call.message_at
    stage = Stage.HUNTING if left_waiting else Stage(call.step)
    if call.connected_at is not None and call.talk_s is None:
        call.talk_s = max(0.0, (call.ended_at - call.connected_at).total_seconds())
    _let_go(work, call)
    move(call, Stage.ENDED, work.now)
    may_be_recorded = stage == Stage.RECORDING and call.voicemail_id is None and not call.nothing_recorded
    if may_be_recorded and call.connected_at is None:
        call.next_due_at = work.now + timedelta(seconds=RECORDING_WORD_S)
        return
    _fix(work, call, stage, failed)


def settle(work: Work, call: Call) -> None:
    """Fix the outcome of an ended call that waited for word of a recording."""
    if call.ended_at is not None and call.outcome is None:
        _fix(work, call, Stage.RECORDING, failed=False)


def keep_late_message(work: Work, call: Call) -> None:
    """A message that is told of when the outcome is fixed already: it is heard and answered like any other."""
    if call.outcome not in UNANSWERED:
        return
    if call.callback_id is None or not tasks.join_message(work.session, call.callback_id):
        number = call.keyed_number or call.from_number
        _promise(work, call, Outcome.VOICEMAIL, number, late=True)


def reject(work: Work, call: Call) -> None:
    """Not a caller, or one we do not put through: recorded, counted apart, never offered."""
    call.step, call.state = Stage.ENDED, STATE[Stage.ENDED]
    call.ended_at = call.outcome_at = work.now
    call.outcome = Outcome.REJECTED
    call.counted = False
    call.wait_s = 0
    add(work.session, _calls_total(call))


def end_talk(work: Work, call: Call, at: datetime | None = None) -> None:
    """The conversation is over, whoever hung up. at: since when, if that was earlier than now."""
    if call.talk_s is None and call.connected_at is not None:
        call.talk_s = max(0.0, ((at or work.now) - call.connected_at).total_seconds())


def _let_go(work: Work, call: Call) -> None:
    """Free everybody this call holds. A mobile that still rings keeps its claim until its end is reported."""
    if call.staff is not None:
        release(work.session, call.staff, call.call_sid)
    legs = live_legs(work.session, call)
    leg_life.stop(work, call, legs, LegResult.CANCELLED)
    for leg in legs:
        if leg.accepted_at is not None and leg.kind == "rest":
            # Taken until the leg's own end is reported: mostly with the conference, at once. Were the consultant left
            # there alone, the leg is ended; when the caller never came in, without waiting for that.
            leg_life.hang_up(work, call, leg, delay_s=ALONE_S if call.connected_at else 0)
        elif leg.accepted_at is not None:
            leg_life.end(work, call, leg, LegResult.ACCEPTED)
        elif leg.kind == "dial":
            leg_life.end(work, call, leg, LegResult.CANCELLED)


def _fix(work: Work, call: Call, stage: Stage, failed: bool) -> None:
    spoke = call.connected_at is not None and (call.talk_s or 0) >= SPOKE_S
    outcome = outcome_of(
        Facts(
            stage,
            call.in_hours,
            spoke,
            call.voicemail_id is not None,
            call.wants_callback,
            failed,
        )
    )
    # A caller who was gone before anybody could speak waited until then.
    ends = (call.connected_at if spoke else None, call.message_at, call.ended_at)
    waited_until = [at for at in ends if at is not None]
    call.wait_s = max(0.0, (min(waited_until, default=work.now) - call.received_at).total_seconds())
    call.outcome = outcome
    call.outcome_at = work.now
    call.next_due_at = None
    if outcome != Outcome.ANSWERED:
        call.answered_by = None
        call.talk_s = None
    grace_s = work.rota.policy.figures.abandon_grace_s if work.rota else 0
    too_short = outcome == Outcome.ABANDONED and call.wait_s <= grace_s
    call.counted = call.in_hours and call.staff is None and not too_short
    add(work.session, _figures(work, call))
    number = call.keyed_number or call.from_number
    if outcome in UNANSWERED:
        _promise(work, call, outcome, number)
    elif number:
        tasks.resolve_by_call(work.session, number, work.now, came_in_at=call.received_at, answered_by=call.answered_by)


def _promise(work: Work, call: Call, outcome: Outcome, number: str | None, *, late: bool = False) -> None:
    if call.staff is not None:
        number = None  # a colleague is not rung back; a message that he or she leaves is somebody's to hear
    if work.rota is None or (number is None and outcome != Outcome.VOICEMAIL):
        return
    reason = "reconciled" if call.reconciled else _REASONS[outcome]
    due_by = tasks.promised_time(work.rota, reason, work.now)
    callback = tasks.promise(
        work.session,
        work.rota,
        tasks.Promise(
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
        ),
        work.now,
    )
    if callback is not None:
        call.callback_id = callback.id


def _figures(work: Work, call: Call) -> list[Increment]:
    line = str(call.line_id)
    answered = call.outcome == Outcome.ANSWERED
    wait_s = call.wait_s or 0.0
    steps = _calls_total(call)
    if call.staff is not None:
        return steps
    steps += observe("callcenter_call_wait_seconds", wait_s, line=line, result="answered" if answered else "unanswered")
    if answered and call.talk_s is not None:
        steps += observe("callcenter_call_talk_seconds", call.talk_s, line=line)
    if call.counted:
        steps += count("callcenter_offered_calls_total", line=line, group=call.group)
        if answered:
            steps += count("callcenter_answered_calls_total", line=line, group=call.group)
            if work.rota is not None and wait_s <= work.rota.policy.figures.service_level_s:
                steps += count("callcenter_answered_in_time_total", line=line)
    return steps


def _calls_total(call: Call) -> list[Increment]:
    return count(
        "callcenter_calls_total",
        line=str(call.line_id),
        group=call.group,
        outcome=str(call.outcome),
        hours="open" if call.in_hours else "closed",
    )
