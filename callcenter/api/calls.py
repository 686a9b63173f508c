"""`/api/v1/calls`: the calls, with their legs and decisions."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any, Literal

from pydantic import Field
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from callcenter.api.endpoint import ApiRequest, NoParameters, Operation, operation
from callcenter.api.shapes import (
    Group,
    InputInstant,
    Instant,
    ListOutput,
    Output,
    PageQuery,
    SchoolName,
    Text,
    school_names,
)
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.records import CallDecision
from callcenter.cursor import cursor_of, position_of
from callcenter.errors import NotFound
from callcenter.lines.records import Line
from callcenter.rota.versions import version
from callcenter.routing.plan import with_absent_consultants

OutcomeName = Literal[
    "answered", "voicemail", "callback_requested", "missed", "abandoned", "closed", "rejected", "failed"
]
LegResultName = Literal["accepted", "declined", "no_answer", "busy", "voicemail", "too_late", "cancelled", "failed"]


class CallLeg(Output):
    """A call to one consultant's mobile. result: null until it ends; ring_s: seconds."""

    consultant: str
    tier: str
    offered_at: Instant
    result: LegResultName | None
    ring_s: float | None


class Decision(Output):
    """One decision on the call and its reasons."""

    at: Instant
    step: str
    reasons: list[Any]


class CallShape(Output):
    """One inbound call. from: null when withheld; outcome: null until it is fixed; wait_s, talk_s: seconds."""

    id: int
    call_sid: str
    line: str
    from_: str | None = Field(alias="from")
    group: Group
    school: SchoolName | None
    received_at: Instant
    in_hours: bool
    state: Literal["ringing", "connected", "message", "ended"]
    outcome: OutcomeName | None
    answered_by: str | None
    wait_s: float | None
    talk_s: float | None
    legs: list[CallLeg]
    voicemail_id: int | None
    callback_id: int | None
    decisions: list[Decision]


class CallPage(ListOutput):
    """Calls, newest first."""

    items: list[CallShape]


class CallsQuery(PageQuery):
    """Which calls. since: the first instant; until: the first instant after the period."""

    call_sid: Text | None = None
    since: InputInstant | None = None
    until: InputInstant | None = None
    outcome: OutcomeName | None = None


@operation(
    Operation(
        "GET",
        "/calls",
        "Calls, the newest first, with legs and decisions",
        answer=CallPage,
        query=CallsQuery,
        numbers_of="calls",
    )
)
def list_calls(request: ApiRequest[CallsQuery, None]) -> CallPage:
    """One page of calls."""
    query = request.query
    statement = select(Call).order_by(Call.received_at.desc(), Call.id.desc()).limit(query.limit + 1)
    if query.call_sid is not None:
        statement = statement.where(Call.call_sid == query.call_sid)
    if query.since is not None:
        statement = statement.where(Call.received_at >= query.since)
    if query.until is not None:
        statement = statement.where(Call.received_at < query.until)
    if query.outcome is not None:
        statement = statement.where(Call.outcome == query.outcome)
    if query.cursor is not None:
        statement = statement.where(tuple_(Call.received_at, Call.id) < position_of(query.cursor, datetime, int))
    found = request.session.scalars(statement).all()
    shown = found[: query.limit]
    more = len(found) > query.limit
    # The reasons of consultants off duty take a look-up in the rota each, so only a call asked for by its SID has them.
    named = query.call_sid is not None
    following = cursor_of(shown[-1].received_at, shown[-1].id) if more else None
    return CallPage(items=shapes_of(request.session, shown, explained=named), next=following)


@operation(Operation("GET", "/calls/<id:call_id>", "One call", answer=CallShape, numbers_of="calls"))
def get_call(request: ApiRequest[NoParameters, None], call_id: int) -> CallShape:
    """One call by its ID."""
    call = request.session.get(Call, call_id)
    if call is None:
        raise NotFound("there is no such call")
    return shapes_of(request.session, [call], explained=True)[0]


def shapes_of(session: Session, calls: Sequence[Call], *, explained: bool = False) -> list[CallShape]:
    """Calls as the API shows them, with one statement for each kind of related row.

    explained: decisions also name the consultants who were not on duty, with the rota's reason.
    """
    ids = [call.id for call in calls]
    lines = {line.id: line.number for line in session.execute(select(Line.id, Line.number))}
    schools = school_names(session, (call.contact_id for call in calls))
    legs: dict[int | None, list[CallLeg]] = defaultdict(list)
    for leg in session.scalars(select(Leg).where(Leg.call_id.in_(ids)).order_by(Leg.offered_at, Leg.id)):
        legs[leg.call_id].append(CallLeg.model_validate(leg, from_attributes=True))
    decisions: dict[int, list[Decision]] = defaultdict(list)
    decided_by = {call.id: call.rota_version_id for call in calls}
    # Most decisions of a call are by one version.
    rota_of = cache(partial(version, session))
    for decision in session.scalars(
        select(CallDecision).where(CallDecision.call_id.in_(ids)).order_by(CallDecision.at, CallDecision.id)
    ):
        reasons = decision.reasons
        if explained:
            number = decision.rota_version_id or decided_by[decision.call_id]
            reasons = with_absent_consultants(rota_of(number) if number else None, reasons, decision.at)
        decisions[decision.call_id].append(Decision(at=decision.at, step=decision.title, reasons=list(reasons)))
    return [
        CallShape.model_validate(
            {
                **{name: getattr(call, name) for name in _COPIED},
                "line": lines[call.line_id],
                "from": call.from_number,
                "school": schools.get(call.contact_id),
                "legs": legs[call.id],
                "decisions": decisions[call.id],
            }
        )
        for call in calls
    ]


_COPIED = (
    "id",
    "call_sid",
    "group",
    "received_at",
    "in_hours",
    "state",
    "outcome",
    "answered_by",
    "wait_s",
    "talk_s",
    "voicemail_id",
    "callback_id",
)
