"""The filters of the lead's list of callbacks, read from the address or from a form."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from callcenter.callbacks.queries import PAGE_MAX, Filters, listing
from callcenter.callbacks.queries import Page as Listing
from callcenter.callbacks.records import Callback
from callcenter.web.callbacks.queries import RISK, unowned

# The choices above the list. The first is the default.
SHOWN = ("open", "overdue", "risk", "unowned", "closed")
CLOSED = ("reached", "unreachable", "cancelled", "resolved")
NOBODY = "-"
PAGE = 100


@dataclass(frozen=True, slots=True)
class ListFilters:
    """The filters. show: one of SHOWN; state: one of CLOSED, for closed callbacks; owner: a consultant's code."""

    show: str
    state: str
    owner: str | None
    reason: str | None

    @classmethod
    def of(cls, query: MultiDict[str, str]) -> "ListFilters":
        """The filters in a query or a form. Unknown values are ignored; the owner NOBODY selects what has no owner."""
        show, state = query.get("show", ""), query.get("state", "")
        owner = query.get("owner") or None
        if owner == NOBODY:
            show, owner = "unowned", None
        return cls(
            show if show in SHOWN else SHOWN[0],
            state if state in CLOSED else CLOSED[0],
            owner,
            query.get("reason") or None,
        )

    def page(self, session: Session, now: datetime, cursor: str | None) -> Listing:
        """One page of the list. cursor: the `next` of the page before. Raises InvalidInput when it is invalid."""
        if self.show == "unowned":
            return Listing(unowned(session, PAGE_MAX), None)
        return listing(session, self._filters(now), PAGE, cursor)

    def everything(self, session: Session, now: datetime) -> Sequence[Callback]:
        """The whole list, read page by page."""
        if self.show == "unowned":
            return unowned(session, PAGE_MAX)
        found: list[Callback] = []
        cursor: str | None = None
        while True:
            page = listing(session, self._filters(now), PAGE_MAX, cursor)
            found += page.items
            cursor = page.next
            if cursor is None:
                return found

    def _filters(self, now: datetime) -> Filters:
        live = Filters(state="live", owner=self.owner, reason=self.reason)
        if self.show == "overdue":
            return replace(live, to_ring=True, due_before=now, resting_at=now)
        if self.show == "risk":
            return replace(live, to_ring=True, due_from=now, due_before=now + RISK)
        if self.show == "closed":
            return replace(live, state=self.state)
        return live
