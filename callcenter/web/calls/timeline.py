"""The time line of one call: what happened, in order, and why each consultant was rung or not."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from callcenter.calls.records import CallDecision
from callcenter.rota.model import Rota
from callcenter.routing.plan import absence_reasons
from callcenter.web.calls.queries import StoredCall

# Reasons that only say that a consultant does not belong to a tier. They are listed last.
_OUTSIDE = frozenset({"outside_role", "other_region", "not_preferred", "not_planned", "inactive", "closed"})

# The consultant was ranked but not rung: the call was taken first, or no place was left.
_NEXT = "queued"


@dataclass(frozen=True, slots=True)
class Why:
    """Why one consultant was rung or not. until: when the reason ends (UTC); rank: place in the ringing order, for
    those who were rung; waited_for: whether the caller waited for this consultant to come free."""

    code: str
    reason: str
    until: datetime | None = None
    rank: int | None = None
    waited_for: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of a call. kind: what happened, which decides which other fields are set."""

    at: datetime
    kind: str
    code: str | None = None
    word: str | None = None
    seconds: float | None = None
    step: str | None = None
    whys: tuple[Why, ...] = ()
    texts: tuple[str, ...] = field(default=())


def moments(stored: StoredCall, rota_of: Callable[[int | None], Rota | None]) -> list[Moment]:
    """The events of a call, oldest first. rota_of: reads a version of the rota, which explains who was not on duty."""
    call = stored.call
    found = [Moment(call.received_at, "received")]
    rung = _rung_by(stored)
    # Most decisions of a call are by one version.
    rota_once = cache(rota_of)
    for one in stored.decisions:
        found.append(_decided(one, rung[one.id], rota_once(one.rota_version_id or call.rota_version_id)))
    for leg in stored.legs:
        found.append(Moment(leg.offered_at, "rung", leg.consultant, step=leg.tier))
        if leg.result is not None and leg.ended_at is not None:
            at = leg.accepted_at if leg.result == "accepted" and leg.accepted_at else leg.ended_at
            found.append(Moment(at, "leg", leg.consultant, leg.result, leg.ring_s))
    if call.connected_at is not None:
        found.append(_connected(stored, call.connected_at))
    if call.message_at is not None:
        found.append(Moment(call.message_at, "message", seconds=call.wait_s))
    if stored.voicemail is not None:
        found.append(Moment(stored.voicemail.received_at, "voicemail", seconds=stored.voicemail.duration_s))
    if call.ended_at is not None:
        found.append(Moment(call.ended_at, "ended", word=call.outcome, seconds=call.talk_s))
    # The sort is stable: events of one instant stay in the order of cause and effect.
    return sorted(found, key=lambda moment: moment.at)


def _connected(stored: StoredCall, at: datetime) -> Moment:
    """When the call was connected, and to whom. `answered_by` is empty when the caller hung up before the conversation
    began; the accepted leg still names the consultant."""
    call = stored.call
    taken_by = next((leg.consultant for leg in stored.legs if leg.id == call.answered_leg_id), call.answered_by)
    return Moment(at, "connected", taken_by, seconds=(at - call.received_at).total_seconds())


def _rung_by(stored: StoredCall) -> Mapping[int, set[str]]:
    """Who was rung because of each decision, by its id. A decision ranks more consultants than it has places for."""
    rung: dict[int, set[str]] = {decision.id: set() for decision in stored.decisions}
    for leg in stored.legs:
        before = [one for one in stored.decisions if one.at <= leg.offered_at and leg.consultant in _ranked(one)]
        if before:
            rung[before[-1].id].add(leg.consultant)
    return rung


def _ranked(decision: CallDecision) -> set[str]:
    return {str(entry.get("consultant")) for entry in decision.reasons if entry.get("rank") is not None}


def _decided(decision: CallDecision, rung: Collection[str], rota: Rota | None) -> Moment:
    people = [entry for entry in decision.reasons if "consultant" in entry]
    whys = [_why(entry, rung) for entry in people]
    if people and rota is not None:
        whys += _absent({why.code for why in whys}, rota, decision.at)
    texts = tuple(str(entry["text"]) for entry in decision.reasons if entry.get("text"))
    return Moment(decision.at, "decided", step=decision.title, whys=tuple(sorted(whys, key=_order)), texts=texts)


def _why(entry: Mapping[str, Any], rung: Collection[str]) -> Why:
    until, rank = entry.get("until"), entry.get("rank")
    reason = str(entry.get("reason") or "eligible")
    if rank is not None and entry["consultant"] not in rung:
        reason, rank = _NEXT, None
    return Why(
        code=str(entry["consultant"]),
        reason=reason,
        until=datetime.fromisoformat(until.replace("Z", "+00:00")) if until else None,
        rank=rank,
        waited_for=bool(entry.get("waited_for")),
    )


def _absent(named: Iterable[str], rota: Rota, at: datetime) -> list[Why]:
    """The consultants whom the decision does not name because they were not on duty, with the rota's reason."""
    return [Why(code, reason) for code, reason in absence_reasons(rota, named, at).items()]


def _order(why: Why) -> tuple[int, int, bool, str]:
    if why.rank is not None:
        return 0, why.rank, False, why.code
    return 1, 0 if why.waited_for or why.reason == _NEXT else 1, why.reason in _OUTSIDE, why.code
