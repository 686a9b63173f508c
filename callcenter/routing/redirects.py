"""Redirects of a caller: requests that make Twilio ask the caller's call for its next document.

Twilio carries a redirect out some time after we ask for it, up to seconds later. It then interrupts whatever the
caller's call does (docs/twilio.md): a hold turn, as intended, or a talk that the caller's own next turn has begun
meanwhile. Our record of the requests alone tells a caller interrupted by us from one whose consultant hung up.

From accept to connected: `answer.accept` orders a redirect, Twilio asks `/resume`, the caller hears "Ik verbind u
door", and `/connect` puts the caller into the conference."""

from datetime import datetime, timedelta

from callcenter.calls.call import Call
from callcenter.calls.stages import Stage
from callcenter.routing.transaction import CallTransaction
from callcenter.telephony.outbox import Order, enqueue

# How long the caller's own turn waits for a redirect. A consultant who pressed 1 hears silence meanwhile. A message
# would be cut in two by a redirect that comes later, and there nobody waits.
WAIT_TO_JOIN = timedelta(seconds=3)
WAIT_TO_SPEAK = timedelta(seconds=6)
# The REST client gives up after five seconds; nearly every redirect that takes effect has done so by then.
ANSWERED_WITHIN = timedelta(seconds=5.2)
# No redirect takes effect later than this after it was sent.
TAKES_EFFECT_WITHIN = timedelta(seconds=15)
WORTH_S = 15


def redirect_caller(tx: CallTransaction, call: Call, *, delay_s: float = 0, only_in: Stage | None = None) -> None:
    """Redirect the caller now, instead of at the end of the hold turn. If it fails, the next hold turn does the same.

    only_in: the stage in which it is worth anything, if not the present one. It is dropped once another consultant
    takes the call."""
    wanted_in = str(only_in or call.stage)
    call.order_redirect(tx.now + timedelta(seconds=delay_s))
    order = Order(
        "redirect_caller",
        {"stage": wanted_in, "leg": call.answered_leg_id or 0},
        expires_in_s=WORTH_S,
        delay_s=delay_s,
        call_id=call.id,
    )
    enqueue(tx.session, tx.now, order, batch=tx.batch)


def is_awaited(call: Call, now: datetime) -> bool:
    """Whether the caller's own turn should wait a moment for a redirect that is under way."""
    longest = WAIT_TO_JOIN if call.stage == Stage.CONNECTING else WAIT_TO_SPEAK
    return call.redirect_ordered_at is not None and now < call.redirect_ordered_at + longest


def is_unanswered(call: Call, now: datetime) -> bool:
    """Whether Twilio has not answered the last request yet, and still may: a caller who joined now could be
    interrupted."""
    if call.redirect_ordered_at is None or call.redirect_sent_at is None or call.redirects <= call.redirects_over:
        return False
    return now < call.redirect_sent_at + ANSWERED_WITHIN


def may_interrupt(call: Call, now: datetime) -> bool:
    """Whether a redirect may still interrupt what the caller's call does, or may just have done so."""
    if call.redirects <= call.redirects_over or call.redirect_sent_at is None:
        return False
    return now < call.redirect_sent_at + TAKES_EFFECT_WITHIN
