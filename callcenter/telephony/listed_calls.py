"""What Twilio's REST API tells about past calls: the rows of its call list, and the documents that a call requested."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class ListedCall:
    """One call of Twilio's call list. Times are UTC; ended_at and duration_s: None until the call has ended.

    parent_sid: of the call whose `<Dial>` made this one.
    """

    sid: str
    from_: str | None
    to: str | None
    status: str
    direction: str
    started_at: datetime | None
    duration_s: int | None
    forwarded_from: str | None
    ended_at: datetime | None = None
    parent_sid: str | None = None

    @property
    def over_at(self) -> datetime | None:
        """When it ended (UTC), from its end or else its length."""
        if self.ended_at is not None or self.started_at is None:
            return self.ended_at
        return self.started_at + timedelta(seconds=self.duration_s or 0)

    @property
    def picked_up_at(self) -> datetime | None:
        """When it was picked up (UTC), None when it was not.

        Counted from the end: the start of a created call may be when it was picked up or when it was placed.
        """
        if self.status != "completed" or not self.duration_s or self.over_at is None:
            return None
        return self.over_at - timedelta(seconds=self.duration_s)


@dataclass(frozen=True, slots=True)
class Asked:
    """One document that Twilio requested for a call.

    path: of our address, without host; params: by Twilio's names in snake case; at: UTC, None when not told; document:
    what we answered.
    """

    path: str
    document: str = field(repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    at: datetime | None = None


def asked(events: Iterable[tuple[Any, Any]]) -> list[Asked]:
    """The documents that a call requested, oldest first, from the request and response of each of Twilio's events.

    What is not shaped as documented is left out. https://www.twilio.com/docs/voice/api/call-event-resource
    """
    found = [_asked(request, response) for request, response in events]
    known = [one for one in found if one is not None]
    return sorted(known, key=lambda one: one.at or datetime.max.replace(tzinfo=UTC))


def _asked(request: Any, response: Any) -> Asked | None:
    if not isinstance(request, Mapping) or not isinstance(response, Mapping):
        return None
    params = request.get("parameters")
    named = {_snake(str(name)): str(value) for name, value in params.items()} if isinstance(params, Mapping) else {}
    path = urlsplit(str(request.get("url") or "")).path
    return Asked(path, str(response.get("response_body") or ""), named, _instant(response.get("date_created")))


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _instant(text: Any) -> datetime | None:
    """An instant as Twilio's API writes it: RFC 2822, or ISO 8601. None when it is neither."""
    if not isinstance(text, str):
        return None
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            at = read(text)
        except (ValueError, TypeError):
            continue
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return None


@dataclass(frozen=True, slots=True)
class CallerRung:
    """A listed ring of a caller, by a consultant's callback: the leg of the consultant, and the one to the caller."""

    consultant: str
    leg: ListedCall
    to_caller: ListedCall


def callers_rung(listed: Iterable[ListedCall], consultants: Mapping[str, str]) -> list[CallerRung]:
    """The callers who were rung over a consultant's leg, oldest first. consultants: codes by mobile."""
    every = {call.sid: call for call in listed}
    found = []
    for call in every.values():
        leg = every.get(call.parent_sid or "")
        consultant = consultants.get(leg.to or "") if leg is not None and leg.direction == "outbound-api" else None
        if leg is not None and consultant is not None and call.started_at is not None:
            found.append(CallerRung(consultant, leg, call))
    return sorted(found, key=lambda one: (one.to_caller.started_at, one.to_caller.sid))
