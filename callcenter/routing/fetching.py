"""Is a request of ours under way that makes the caller's call ask its next document?

Twilio carries such a request out some time after we ask for it, up to seconds later, and then interrupts whatever the
caller's call does (docs/twilio.md): a wait, which is wanted, or a talk that the caller's own next turn has begun
meanwhile, which is not. Our own record of the requests is all that tells a caller pulled out by us from one whose
colleague hung up.
"""

from datetime import datetime, timedelta

from callcenter.calls.call import Call
from callcenter.calls.stages import Stage
from callcenter.routing.work import Work
from callcenter.telephony.outbox import Order, put

# A request that has not come back by then is not waited for: the caller's own next turn does the same. A colleague who
# pressed 1 stays in silence meanwhile; a message would be cut in two by a request that came later, and nobody waits.
WAIT_TO_JOIN = timedelta(seconds=3)
WAIT_TO_SPEAK = timedelta(seconds=6)
# The client gives up after five seconds; nearly every request that takes effect has done so by then.
ANSWERED_WITHIN = timedelta(seconds=5.2)
# No request takes effect later than this after it was sent.
TAKES_EFFECT_WITHIN = timedelta(seconds=15)
WORTH_S = 15


def fetch_caller(work: Work, call: Call, *, delay_s: float = 0, only_in: Stage | None = None) -> None:
    """Make the caller's call ask what to do now, instead of at the end of its hold turn. Were this request to fail,
    the next hold turn does the same. only_in: the stage in which it is worth something, if not the present one. It is
    worth nothing once another consultant takes the call."""
    wanted_in = str(only_in or call.step)
    call.fetch_ordered_at = work.now + timedelta(seconds=delay_s)
    put(
        work.session,
        work.now,
        Order(
            "redirect_caller",
            {"stage": wanted_in, "leg": call.answered_leg_id or 0},
            expires_in_s=WORTH_S,
            delay_s=delay_s,
            call_id=call.id,
        ),
    )


def is_awaited(call: Call, now: datetime) -> bool:
    """Whether the caller's own turn should wait a moment for a request that is under way."""
    longest = WAIT_TO_JOIN if call.step == Stage.CONNECTING else WAIT_TO_SPEAK
    return call.fetch_ordered_at is not None and now < call.fetch_ordered_at + longest


def is_unanswered(call: Call, now: datetime) -> bool:
    """Whether Twilio has not answered the last request yet, and still may: whoever joined now could be pulled out."""
    if call.fetch_ordered_at is None or call.fetch_sent_at is None or call.fetches <= call.fetches_over:
        return False
    return now < call.fetch_sent_at + ANSWERED_WITHIN


def may_interrupt(call: Call, now: datetime) -> bool:
    """Whether a request of ours may still interrupt what the caller's call does, or may just have done so."""
    if call.fetches <= call.fetches_over or call.fetch_sent_at is None:
        return False
    return now < call.fetch_sent_at + TAKES_EFFECT_WITHIN


def note_over(call: Call) -> None:
    """One of these requests will interrupt nothing any more: Twilio asked its document, or did not carry it out.
    Nothing is waited for any more, unless another was ordered since."""
    call.fetches_over = min(call.fetches, call.fetches_over + 1)
    sent_at, ordered_at = call.fetch_sent_at, call.fetch_ordered_at
    if ordered_at is not None and sent_at is not None and sent_at >= ordered_at and call.fetches_over >= call.fetches:
        call.fetch_ordered_at = None


def note_silence(call: Call) -> None:
    """Nobody knows whether Twilio carries out the last one: it may still interrupt, but is not waited for."""
    call.fetch_ordered_at = None
