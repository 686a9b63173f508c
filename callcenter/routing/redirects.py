"""Redirects of a caller: REST requests after which Twilio fetches the next document of the caller's call.

A redirect takes effect up to seconds after the request. It then interrupts the caller's present document
(docs/twilio.md): a hold turn, as intended, or a talk that the caller's own next turn has begun meanwhile. The stored
counts of redirects distinguish a caller whom a redirect interrupted from one whose consultant hung up.

From accept to connected: `answer.accept` orders a redirect, Twilio requests `/resume`, the caller hears "Ik verbind u
door", and `/connect` puts the caller into the conference. Both wait while a redirect could still interrupt. A `<Dial>`
leg is connected by Twilio itself."""

from datetime import datetime, timedelta

from callcenter.calls.call import Call
from callcenter.calls.stages import Stage
from callcenter.routing.transaction import CallTransaction
from callcenter.telephony.outbox import Order, enqueue

# How long the caller's own turn waits for a redirect: briefly to join, because a consultant who pressed 1 hears silence
# meanwhile; longer before a message, which a late redirect would interrupt.
WAIT_TO_JOIN = timedelta(seconds=3)
WAIT_TO_RECORD = timedelta(seconds=6)
# The REST client's timeout is five seconds. Nearly every redirect that takes effect does so within it.
ANSWERED_WITHIN = timedelta(seconds=5.2)
# No redirect takes effect later than this after it was sent.
TAKES_EFFECT_WITHIN = timedelta(seconds=15)
WORTH_S = 15


def redirect_caller(tx: CallTransaction, call: Call, *, delay_s: float = 0, only_in: Stage | None = None) -> None:
    """Order a redirect of the caller, so that the call need not wait for the end of the hold turn.

    If it fails, the next hold turn has the same effect. delay_s: seconds before it is sent; only_in: the stage in
    which it is sent, the present one by default. It is not sent once another consultant has answered the call."""
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
    """Whether the caller's own turn should wait for a redirect that is under way."""
    longest = WAIT_TO_JOIN if call.stage == Stage.CONNECTING else WAIT_TO_RECORD
    return call.redirect_ordered_at is not None and now < call.redirect_ordered_at + longest


def is_unanswered(call: Call, now: datetime) -> bool:
    """Whether Twilio's answer to the last redirect is still outstanding, so that it could interrupt a caller who joins
    the conference now."""
    if call.redirect_ordered_at is None or call.redirect_sent_at is None or call.redirects <= call.redirects_over:
        return False
    return now < call.redirect_sent_at + ANSWERED_WITHIN


def may_interrupt(call: Call, now: datetime) -> bool:
    """Whether a redirect may still interrupt the caller's present document, or may just have done so."""
    if call.redirects <= call.redirects_over or call.redirect_sent_at is None:
        return False
    return now < call.redirect_sent_at + TAKES_EFFECT_WITHIN
