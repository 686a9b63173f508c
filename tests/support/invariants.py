"""Invariants that hold after every journey, whatever people and networks did; each breach is one line."""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol
from xml.etree import ElementTree

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from callcenter.callbacks.records import Callback
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.records import Voicemail
from callcenter.calls.stages import Outcome, Stage
from callcenter.clock import Clock
from callcenter.presence.records import ConsultantState
from callcenter.routing.outcome import UNANSWERED
from callcenter.standin.log import longest_silence_s
from callcenter.standin.stand_in import StandIn
from callcenter.standin.twilio.calls import Call as Telephone
from callcenter.telephony.records import OutboxMessage
from tests.support.in_turn import breaches_of_turn

if TYPE_CHECKING:
    from tests.support.town import Town

LONGEST_SILENCE_S = 6.0
# While a caller keys in a number, the line waits in silence for the next key.
KEYING_S = 5.0
CAP = timedelta(seconds=90)
# The job checks calls once a second, and a request to Twilio takes a moment.
LATE = timedelta(seconds=3)
# A call accepted at the last moment is connected at most one turn of the hold loop later.
ONE_TURN = timedelta(seconds=13)
# A consultant who hangs up sooner did not speak with the caller, and the hunt goes on.
SPOKE = timedelta(seconds=3.5)
# The stand-in times a talk from the bridge, the product from the caller's joining, a moment earlier. A talk shorter
# than this is none.
GONE_AT_ONCE = timedelta(seconds=2)
_ADDRESSES = ("action", "url", "statusCallback", "recordingStatusCallback", "waitUrl")


class Place(Protocol):
    """An office and the Twilio in front of it, as the invariants look at them. `Town` is one in virtual time."""

    lines: tuple[str, ...]

    @property
    def standin(self) -> StandIn: ...

    @property
    def clock(self) -> Clock:
        """The product's clock."""

    def calls(self) -> list[Call]: ...

    def callbacks(self) -> list[Callback]: ...

    def session(self) -> Session: ...

    def totals(self, name: str) -> float: ...

    def webhooks(self) -> Sequence[Any]: ...


def breaches(town: "Town", *, excused: timedelta = timedelta(0)) -> list[str]:
    """Every breach of an invariant. excused: for how long Twilio may have waited for a document that never came."""
    town.lived.write_totals()
    return [
        *lasting_breaches(town, excused=excused),
        *_silences(town, excused),
        *_waits(town, excused),
        *breaches_of_turn(town),
    ]


def lasting_breaches(place: Place, *, excused: timedelta) -> list[str]:
    """Every breach of an invariant that holds once all is settled, however long the hosts were away."""
    return [
        *_one_outcome_each(place, excused),
        *_double_rings(place),
        *_callbacks(place),
        *_figures(place),
        *_left_behind(place),
        *bad_twiml(place),
    ]


def _double_rings(place: Place) -> Iterator[str]:
    for earlier, later in place.standin.double_rings():
        rings = (f"{ring.call_sid} from {ring.start:%H:%M:%S.%f} to {ring.end}" for ring in (earlier, later))
        yield f"{later.number[-2:]} rang twice at once: {' and '.join(rings)}"


def _inbound(town: Place) -> list[Telephone]:
    """The calls to the office's lines."""
    return [call for call in town.standin.calls if call.direction == "inbound" and call.to in town.lines]


def _one_outcome_each(town: Place, excused: timedelta) -> Iterator[str]:
    stored = {call.call_sid: call for call in town.calls()}
    for telephone in _inbound(town):
        call = stored.pop(telephone.sid, None)
        if call is None:
            yield f"{telephone.sid} has no record"
        elif call.outcome is None or call.ended_at is None or call.stage != Stage.ENDED:
            yield f"call {call.id} has no outcome: {call.stage}"
        elif _longest_talk(telephone) > SPOKE and call.outcome != Outcome.ANSWERED:
            yield f"call {call.id} talked for {_longest_talk(telephone)} and counts as {call.outcome}"
        elif not excused and _longest_talk(telephone) < GONE_AT_ONCE and call.outcome == Outcome.ANSWERED:
            # A consultant whose document never reached Twilio was never in the talk, and no event says so.
            yield f"call {call.id} counts as answered and talked for {_longest_talk(telephone)}"
    yield from (f"call {call.id} is nobody's" for call in stored.values())


def _longest_talk(telephone: Telephone) -> timedelta:
    return max((heard.until - heard.at for heard in telephone.heard if heard.what == "talk"), default=timedelta(0))


def _silences(town: "Town", excused: timedelta) -> Iterator[str]:
    limit_s = LONGEST_SILENCE_S + excused.total_seconds()
    for telephone in _inbound(town):
        silence_s = longest_silence_s(telephone.heard, telephone.created_at, telephone.ended_at or town.clock.now())
        keyed = any(re.search("hekje|hash", heard.text) for heard in telephone.heard if heard.what == "say")
        if silence_s > limit_s + (KEYING_S if keyed else 0):
            yield f"{telephone.sid} heard nothing for {silence_s:.1f} s"


def _waits(town: "Town", excused: timedelta) -> Iterator[str]:
    for call in town.calls():
        if not call.in_hours or call.reconciled or call.outcome == Outcome.REJECTED:
            continue
        until = call.connected_at or call.message_at or call.ended_at or town.clock.now()
        allowed = CAP + LATE + excused + (ONE_TURN if call.connected_at else timedelta(0))
        if until - call.received_at > allowed:
            yield f"call {call.id} waited {(until - call.received_at).total_seconds():.1f} s"


def _callbacks(town: Place) -> Iterator[str]:
    known = {callback.id: callback for callback in town.callbacks()}
    for call in town.calls():
        number = call.keyed_number or call.from_number
        if call.staff is not None:
            if call.callback_id is not None and known[call.callback_id].number is not None:
                yield f"call {call.id} is a colleague's and would be rung back"
            continue
        if call.outcome not in UNANSWERED or number is None:
            continue
        callback = known.get(call.callback_id or 0)
        if callback is None:
            yield f"call {call.id} ({call.outcome}) has no callback"
        elif callback.number != number:
            yield f"call {call.id} has a callback to another number"
    open_ones = [(c.line_id, c.number) for c in known.values() if c.number and c.state in ("open", "claimed")]
    if len(open_ones) != len(set(open_ones)):
        yield "two callbacks are open for one number"
    with town.session() as session:
        unheard = (
            select(Callback.id)
            .join(Call, Call.callback_id == Callback.id)
            .join(Voicemail, Voicemail.id == Call.voicemail_id)
            .where(Voicemail.heard_at.is_(None), Callback.state.not_in(("open", "claimed", "cancelled")))
        )
        yield from (f"callback {callback_id} was closed unheard" for callback_id in session.scalars(unheard))


def _figures(town: Place) -> Iterator[str]:
    calls = town.calls()
    counted = [call for call in calls if call.counted]
    answered = sum(call.outcome == Outcome.ANSWERED for call in counted)
    rows = {
        "callcenter_calls_total": len(calls),
        "callcenter_offered_calls_total": len(counted),
        "callcenter_answered_calls_total": answered,
        "callcenter_call_wait_seconds_bucket": len(counted),
        "callcenter_answered_in_time_total": sum(bool(call.in_time) for call in counted),
        "callcenter_call_talk_seconds_bucket": sum(call.talk_s is not None for call in calls if call.staff is None),
    }
    for name, expected in rows.items():
        if town.totals(name) != expected:
            yield f"{name} is {town.totals(name):g}, the rows say {expected}"
    if answered + sum(call.outcome in UNANSWERED for call in counted) != len(counted):
        yield "answered and not answered are not offered"


def _left_behind(town: Place) -> Iterator[str]:
    now = town.clock.now()
    with town.session() as session:
        held = or_(ConsultantState.reserved_until > now, ConsultantState.talking_since.is_not(None))
        yield from (f"{code} is still claimed" for code in session.scalars(select(ConsultantState.code).where(held)))
        live = or_(Leg.ended_at.is_(None), Leg.result.is_(None))
        yield from (f"leg {leg_id} never ended" for leg_id in session.scalars(select(Leg.id).where(live)))
        owed = select(OutboxMessage.kind).where(
            OutboxMessage.state.in_(("queued", "taken")), OutboxMessage.expires_at < now - timedelta(seconds=30)
        )
        yield from (f"an order to {kind} lies about" for kind in session.scalars(owed))
        promised = select(Callback.id).where(Callback.due_at < Callback.created_at)
        yield from (f"callback {callback_id} was late when made" for callback_id in session.scalars(promised))
        answered = select(Call.id).where(Call.outcome == Outcome.ANSWERED, Call.answered_by.is_(None))
        yield from (f"call {call_id} was answered by nobody" for call_id in session.scalars(answered))


def bad_twiml(town: Place) -> list[str]:
    """Every document that Twilio would refuse, and every address in a document that is not absolute."""
    found = [f"{alert.code} {alert.text} ({alert.url})" for alert in town.standin.twiml_errors()]
    for webhook in town.webhooks():
        if webhook.status == 200 and webhook.answer.startswith("<?xml"):
            found += [f"{webhook.url}: {address}" for address in _addresses(webhook.answer) if not _absolute(address)]
    return found


def _absolute(address: str) -> bool:
    return address.startswith("https://callcenter.example.nl/")


def _addresses(document: str) -> Iterator[str]:
    for verb in ElementTree.fromstring(document).iter():
        yield from (verb.attrib[name] for name in _ADDRESSES if name in verb.attrib)
        if verb.tag in ("Redirect", "Play"):
            yield verb.text or ""
