"""`/api/v1/consultants`: the consultants, their presence, and whether each may be rung now."""

from datetime import datetime
from typing import Literal

from callcenter.access.audit import note
from callcenter.api.endpoint import ApiRequest, NoParameters, Operation, operation
from callcenter.api.shapes import Input, InputInstant, Instant, ListOutput, Output
from callcenter.errors import NotFound
from callcenter.presence.claims import person_states
from callcenter.presence.eligibility import PersonState, Standing, eligibility, may_ring, presence_at
from callcenter.rota.duty import duty
from callcenter.rota.model import Consultant, OnDuty, Rota
from callcenter.rota.versions import required_rota
from callcenter.routing.change_presence import change_presence

PresenceName = Literal["available", "busy", "break", "away"]


class ConsultantShape(Output):
    """One consultant. until: end of the current duty; eligible: may be rung now; why_not: null when eligible."""

    code: str
    name: str
    on_duty: bool
    role: Literal["line", "backup"] | None
    until: Instant | None
    presence: PresenceName
    presence_until: Instant | None
    eligible: bool
    why_not: str | None


class ConsultantList(ListOutput):
    """Everyone who is employed today, by code. For a consultant's token, that consultant only."""

    items: list[ConsultantShape]


class PresenceChange(Input):
    """A new presence. until: null for the policy's length; it ends at the latest with the day's last planned hour."""

    state: PresenceName
    until: InputInstant | None = None


@operation(
    Operation("GET", "/consultants", "Who is on duty and may be rung now", answer=ConsultantList, consultants=True)
)
def list_consultants(request: ApiRequest[NoParameters, None]) -> ConsultantList:
    """Everyone who is employed today."""
    rota = required_rota(request.session)
    shown = _shapes(rota, person_states(request.session), request.now)
    return ConsultantList(items=[shape for shape in shown if request.own_code in (None, shape.code)], next=None)


@operation(
    Operation(
        "PUT",
        "/consultants/<string:code>/presence",
        "Say that someone is available, busy, on a break or away",
        answer=ConsultantShape,
        body=PresenceChange,
        consultants=True,
    )
)
def put_presence(request: ApiRequest[NoParameters, PresenceChange], code: str) -> ConsultantShape:
    """The consultant after the change."""
    if request.own_code not in (None, code):
        raise NotFound("there is no such consultant")
    rota = required_rota(request.session)
    by = None if request.identity.consultant == code else request.identity.actor
    change_presence(request.session, rota, code, request.body.state, request.body.until, request.now, by)
    note(
        request.session,
        request.now,
        request.identity.actor,
        "presence_set",
        f"consultant:{code}",
        state=request.body.state,
    )
    found = [
        shape for shape in _shapes(rota, person_states(request.session), request.now, also=code) if shape.code == code
    ]
    return found[0]


def _shapes(
    rota: Rota, stored: dict[str, PersonState], now: datetime, also: str | None = None
) -> list[ConsultantShape]:
    today = now.astimezone(rota.zone).date()
    people = {
        person.code: person
        for person in rota.consultants.values()
        if person.code == also or person.active_between(today, today)
    }
    on_duty = {person.consultant: person for person in duty(rota, now)}
    states = {code: stored.get(code, PersonState(code)) for code in people}
    standings = eligibility(states, {code: d.until for code, d in on_duty.items()}, now, rota.policy.presence)
    return [_shape(people[code], states[code], standings[code], on_duty.get(code), now) for code in sorted(people)]


def _shape(
    person: Consultant, state: PersonState, standing: Standing, on_duty: OnDuty | None, now: datetime
) -> ConsultantShape:
    presence = presence_at(state.presence, state.presence_until, now)
    eligible = may_ring(standing, last_tier=False)
    return ConsultantShape.model_validate(
        {
            "code": person.code,
            "name": person.name,
            "on_duty": on_duty is not None,
            "role": on_duty.role if on_duty else None,
            "until": on_duty.until if on_duty else None,
            "presence": presence,
            "presence_until": state.presence_until if presence != "available" else None,
            "eligible": eligible,
            "why_not": None if eligible else standing.why_not,
        }
    )
