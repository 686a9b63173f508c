"""Which call or leg is this request about? Locked, and marked as heard of."""

from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.routing.work import Work, begin_work, locked_call, locked_leg
from webhooks.door import Step


def on_call(step: Step, call_id: int) -> tuple[Work, Call]:
    """The work on one call. Raises NotFound."""
    work = begin_work(step.session, step.now)
    call = locked_call(work, call_id)
    call.last_event_at = step.now
    return work, call


def on_leg(step: Step, leg_id: int) -> tuple[Work, Leg, Call]:
    """The work on one leg and its call. A leg learns its sid from whatever comes first. Raises NotFound."""
    work = begin_work(step.session, step.now)
    leg, call = locked_leg(work, leg_id)
    leg.leg_sid = leg.leg_sid or step.params.get("CallSid")
    return work, leg, call
