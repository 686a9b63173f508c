"""What must hold after a run, beside the invariants of every journey; each breach is one line."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import func, select

from callcenter.callbacks.records import CallbackAttempt
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.cli.line_figures import LineFigures
from callcenter.rota import versions
from callcenter.telephony.records import OutboxMessage
from chaos.place import Place
from tests.support.invariants import lasting_breaches

# A document of a call may never have come, because the hosts were away, so short talks are not judged.
_EXCUSED = timedelta(hours=1)
# What became due a moment ago is still being carried out.
_DUE_FOR = timedelta(minutes=1)
# What is shown of a consultant whose mobile rang twice at once.
_AROUND = timedelta(minutes=2)


def breaches(place: Place, figures: Sequence[LineFigures | None]) -> list[str]:
    """Every breach. figures: what each host shows at its `/metrics`; None when it does not answer."""
    return [
        *lasting_breaches(place, excused=_EXCUSED),
        *_orders_of(place),
        *_two_talks_at_once(place),
        *_torn_talks(place),
        *_said_twice(place),
        *_left_in_the_outbox(place),
        *_shown(place, figures),
    ]


def _orders_of(place: Place) -> Iterator[str]:
    """How the legs that rang one mobile twice came about: all legs and attempts of that consultant around that time."""
    with place.session() as session:
        rota = versions.active_rota(session)
    people = {one.mobile: code for code, one in rota.consultants.items()} if rota else {}
    for earlier, later in place.standin.double_rings():
        code = people.get(later.number)
        around = (earlier.start - _AROUND, later.start + _AROUND)
        with place.session() as session:
            legs = select(Leg).where(Leg.consultant == code, Leg.offered_at.between(*around))
            for leg in session.scalars(legs.order_by(Leg.id)):
                yield (
                    f"leg {leg.id} ({leg.kind}) of call {leg.call_id} ({leg.leg_sid}): {leg.state}, {leg.result}, "
                    f"offered {leg.offered_at}, begun {leg.initiated_at}, "
                    f"ended {leg.ended_at}, claimed to {leg.expires_at}"
                )
                for order in session.scalars(select(OutboxMessage).where(OutboxMessage.leg_id == leg.id)):
                    yield (
                        f"  {order.kind} of {order.created_at:%H:%M:%S}: {order.state} after {order.attempts} attempts"
                        f", done {order.done_at}, {order.error}"
                    )
            tried = select(CallbackAttempt).where(
                CallbackAttempt.consultant == code, CallbackAttempt.started_at.between(*around)
            )
            for one in session.scalars(tried.order_by(CallbackAttempt.id)):
                yield (
                    f"attempt {one.id} of callback {one.callback_id} ({one.leg_sid}): {one.state}, {one.result}, made "
                    f"{one.started_at}, ended {one.ended_at}, claimed to {one.expires_at}"
                )


def _two_talks_at_once(place: Place) -> Iterator[str]:
    talks = defaultdict[str, list[tuple[datetime, datetime]]](list)
    for call in place.standin.calls:
        person = call.from_ if call.direction == "inbound" else call.to
        if person in place.standin.phones:  # withheld numbers are many people
            talks[person] += [(heard.at, heard.until) for heard in call.heard if heard.what == "talk"]
    for person, some in talks.items():
        for (_, until), (at, _) in pairwise(sorted(some)):
            if at < until:
                yield f"{person[-2:]} was connected twice at once"


def _torn_talks(place: Place) -> Iterator[str]:
    for torn in place.standin.torn_talks():
        yield f"the talk of {torn.call_sid} was ended by a request ({torn.how}) while both were there"


def _said_twice(place: Place) -> Iterator[str]:
    sent = Counter((one.to, one.body) for one in place.standin.exchange.messages.by_sid.values())
    yield from (f"{count} times to {to[-2:]}: {body[:60]}" for (to, body), count in sent.items() if count > 1)


def _left_in_the_outbox(place: Place) -> Iterator[str]:
    with place.session() as session:
        due = select(OutboxMessage.kind, OutboxMessage.state, func.count()).where(
            OutboxMessage.state.in_(("queued", "taken")), OutboxMessage.not_before <= place.clock.now() - _DUE_FOR
        )
        for kind, state, count in session.execute(due.group_by(OutboxMessage.kind, OutboxMessage.state)):
            yield f"{count} orders to {kind} are still {state}"
        live = select(func.count(CallbackAttempt.id)).where(
            CallbackAttempt.ended_at.is_(None), CallbackAttempt.expires_at <= place.clock.now() - _DUE_FOR
        )
        if attempts := session.scalar(live):
            yield f"{attempts} attempts to ring somebody back never ended"


def _shown(place: Place, figures: Sequence[LineFigures | None]) -> Iterator[str]:
    with place.session() as session:
        ended = session.scalar(select(func.count(Call.id)).where(Call.outcome.is_not(None)))
    for host, shown in zip("AB", figures, strict=False):
        if shown is None:
            yield f"host {host} shows no figures"
        elif shown.without_callback:
            yield f"callcenter_unanswered_without_callback is {shown.without_callback}"
        elif shown.with_outcome != ended:
            yield f"host {host} shows {shown.with_outcome} calls with an outcome, there are {ended}"
