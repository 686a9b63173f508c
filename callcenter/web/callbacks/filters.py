"""Which callbacks does the lead want to see? The list's filters, read from the address."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from callcenter.callbacks.queries import PAGE_MAX, Filters, listing
from callcenter.callbacks.queries import Page as Listing
from callcenter.callbacks.records import Callback
from callcenter.web.callbacks.queries import RISK, unowned

# What a chip above the list shows; the first is shown without asking.
SHOWN = ("open", "overdue", "risk", "unowned", "closed")
CLOSED = ("reached", "unreachable", "cancelled", "resolved")
NOBODY = "-"
PAGE = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. show: one of SHOWN; state: of the closed ones, one of CLOSED; owner: a code or NOBODY."""

    show: str
    state: str
    owner: str | None
    reason: str | None

    @classmethod
    def of(cls, query: MultiDict[str, str]) -> "Wanted":
        """Read from a query or a form; what makes no sense is passed over."""
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
        """One page of the list."""
        if self.show == "unowned":
            return Listing(unowned(session, PAGE_MAX), None)
        return listing(session, self._filters(now), PAGE, cursor)

    def everything(self, session: Session, now: datetime) -> Sequence[Callback]:
        """The whole list, page by page."""
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
            return replace(live, to_ring=True, due_before=now)
        if self.show == "risk":
            return replace(live, to_ring=True, due_from=now, due_before=now + RISK)
        if self.show == "closed":
            return replace(live, state=self.state)
        return live
