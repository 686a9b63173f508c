"""Stores what Twilio tells of a call that was not stored: its talk and leg, its message or request, its survey."""

from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.stages import LegResult, Stage
from callcenter.numbers import parse, why_not_promised
from callcenter.routing.retelling import Story, Talk
from callcenter.routing.survey import store_retold_answer
from callcenter.routing.transaction import CallTransaction, record_decision
from callcenter.storage.totals import add, count

# In place of the tier, of which Twilio does not know.
TIER = "reconciled"


def apply_story(tx: CallTransaction, call: Call, story: Story) -> None:
    """Store what became of a call that was just inserted as hunting. The caller then ends it.

    The decision that it adds says on what the outcome rests, and whose mobile was picked up if that is not known.
    """
    if story.unsure:
        how = "unsure"
    elif story.talk is not None and story.talk.by_length:
        how = "length"
    else:
        how = "documents" if story.told else "list"
    reasons: list[dict[str, object]] = [{"text": code} for code in story.unsure]
    record_decision(tx, call, f"{TIER}: {how}", reasons)
    if story.talk is not None:
        _store_talk(tx, call, story.talk)
    elif story.message_at is not None:
        _store_wish(tx, call, story)
    if story.talk is not None and story.survey is not None:
        store_retold_answer(tx, call, story.survey)


def _store_talk(tx: CallTransaction, call: Call, talk: Talk) -> None:
    listed = talk.leg.call
    picked_up_at = listed.picked_up_at or talk.began_at
    leg = Leg(
        call_id=call.id,
        consultant=talk.leg.consultant,
        tier=TIER,
        kind="dial" if listed.parent_sid else "rest",
        leg_sid=listed.sid,
        state="placed",
        offered_at=min(listed.started_at or picked_up_at, picked_up_at),
        ring_timeout_s=0,
        expires_at=talk.ended_at,
    )
    leg.begin(leg.offered_at)
    leg.pick_up(picked_up_at)
    leg.fix_result(LegResult.ACCEPTED, picked_up_at)
    leg.accept(picked_up_at, until=talk.ended_at)
    leg.end(listed.over_at or talk.ended_at)
    tx.session.add(leg)
    tx.session.flush()
    add(tx.session, count("callcenter_legs_total", line=str(call.line_id), tier=TIER, result=LegResult.ACCEPTED))
    call.be_answered(leg.id, leg.consultant, picked_up_at)
    call.go_to(Stage.CONNECTING, talk.began_at)
    call.connect(talk.began_at)
    call.end_talk(talk.ended_at)


def _store_wish(tx: CallTransaction, call: Call, story: Story) -> None:
    """The caller was offered a message or a callback; store what the caller chose by key."""
    assert story.message_at is not None
    call.offer_message(story.message_at)
    number = parse(story.keyed) if story.keyed else None
    countries = tx.rota.policy.callbacks.countries if tx.rota else ()
    if number is not None and why_not_promised(number, countries) is None:
        call.key_number(number)
    elif story.wants_callback:
        call.want_callback()
