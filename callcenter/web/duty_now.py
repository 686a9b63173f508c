"""Lists the consultants on duty now by the rota, each with the present activity by presence and claims."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.presence.claims import person_states
from callcenter.presence.eligibility import PersonState, eligibility, may_ring, presence_at
from callcenter.presence.records import ConsultantState
from callcenter.rota.duty import duty
from callcenter.rota.model import Rota


@dataclass(frozen=True, slots=True)
class OnDutyNow:
    """One person on duty. doing: talking, ringing, wrap_up, busy, break, away, paused or available;
    since, until: its start and end, where known (UTC); duty_until: the end of the planned duty (UTC);
    eligible: whether the hunt may ring this person now."""

    code: str
    name: str
    role: str
    duty_until: datetime
    doing: str
    since: datetime | None
    until: datetime | None
    eligible: bool


def states_of(session: Session) -> dict[str, ConsultantState]:
    """Everybody's stored state by code. One SQL statement over a table of some dozens of rows."""
    return {state.code: state for state in session.scalars(select(ConsultantState))}


def on_duty_now(session: Session, rota: Rota, now: datetime) -> list[OnDutyNow]:
    """Everybody on duty: first the role `line`, and within a role by name."""
    planned = {person.consultant: person for person in duty(rota, now)}
    stored, people = states_of(session), person_states(session)
    standings = eligibility(
        {code: people.get(code, PersonState(code)) for code in planned},
        {code: person.until for code, person in planned.items()},
        now,
        rota.policy.presence,
    )
    found = []
    for code, person in planned.items():
        doing, since, until = doing_now(stored.get(code), now)
        eligible = may_ring(standings[code], last_tier=False)
        name = rota.consultants[code].name
        found.append(OnDutyNow(code, name, person.role, person.until, doing, since, until, eligible))
    return sorted(found, key=lambda one: (one.role != "line", one.name.casefold()))


def doing_now(state: ConsultantState | None, now: datetime) -> tuple[str, datetime | None, datetime | None]:
    """What a person is doing, its start and its end (UTC). Ended states are ignored here, so no job must clear them."""
    if state is None:
        return "available", None, None
    reserved = state.reserved_until is not None and state.reserved_until > now
    if state.talking_since is not None and reserved:
        return "talking", state.talking_since, None
    if reserved:
        return "ringing", None, None
    if presence_at(state.presence, state.presence_until, now) != "available":
        return state.presence, state.presence_at, state.presence_until
    if state.wrap_up_until is not None and state.wrap_up_until > now:
        return "wrap_up", None, state.wrap_up_until
    if state.paused_until is not None and state.paused_until > now:
        return "paused", None, state.paused_until
    return "available", None, None
