"""The filters of the lead's list of callbacks, read from the address or from a form."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from callcenter.callbacks.queries import PAGE_MAX, Filters, closed_listing, how_many, listing
from callcenter.callbacks.queries import Page as Listing
from callcenter.callbacks.records import Callback
from callcenter.web import words
from callcenter.web.active_rota import name_of
from callcenter.web.callbacks.queries import RISK, CallbackCounts
from callcenter.web.chips import Chip

# The choices above the list. The first is the default.
SHOWN = ("open", "overdue", "risk", "unowned", "closed")
CLOSED = ("reached", "unreachable", "cancelled", "resolved")
NOBODY = "-"
PAGE = 100


@dataclass(frozen=True, slots=True)
class ListFilters:
    """The filters. show: one of SHOWN; state: one of CLOSED, None for closed ones of every result; owner: a
    consultant's code, which means nothing for those without an owner."""

    show: str
    state: str | None
    owner: str | None
    reason: str | None

    @classmethod
    def of(cls, query: MultiDict[str, str]) -> "ListFilters":
        """The filters in a query or a form. Unknown values are ignored; the owner NOBODY selects what has no owner."""
        show, state = query.get("show", ""), query.get("state", "")
        owner = query.get("owner") or None
        if owner == NOBODY:
            show, owner = "unowned", None
        show = show if show in SHOWN else SHOWN[0]
        return cls(
            show,
            state if show == "closed" and state in CLOSED else None,
            owner,
            query.get("reason") or None,
        )

    def page(self, session: Session, now: datetime, cursor: str | None) -> Listing:
        """One page of the list. cursor: the `next` of the page before. Raises InvalidInput when it is invalid."""
        return self._page(session, now, PAGE, cursor)

    def count(self, session: Session, now: datetime, counts: CallbackCounts) -> int:
        """How many callbacks the list has, on all pages together. counts: of this owner's, and with this reason."""
        of_choices = {
            "open": counts.open,
            "overdue": counts.overdue,
            "risk": counts.at_risk,
            "unowned": counts.unowned,
        }
        return of_choices[self.show] if self.show in of_choices else how_many(session, self._filters(now))

    def everything(self, session: Session, now: datetime) -> Sequence[Callback]:
        """The whole list, read page by page."""
        found: list[Callback] = []
        cursor: str | None = None
        while True:
            page = self._page(session, now, PAGE_MAX, cursor)
            found += page.items
            cursor = page.next
            if cursor is None:
                return found

    def chips(self) -> Iterator[Chip]:
        """One chip for each filter that narrows the list further than the choice above it."""
        if self.state is not None:
            yield Chip(words.word(words.CALLBACK_STATES, self.state), ("state",))
        if self.owner is not None and self.show != "unowned":
            yield Chip(name_of(self.owner), ("owner",))
        if self.reason is not None:
            yield Chip(words.word(words.CALLBACK_REASONS, self.reason), ("reason",))

    def _page(self, session: Session, now: datetime, limit: int, cursor: str | None) -> Listing:
        read = closed_listing if self.show == "closed" else listing
        return read(session, self._filters(now), limit, cursor)

    def _filters(self, now: datetime) -> Filters:
        live = Filters(state="live", owner=self.owner, reason=self.reason)
        if self.show == "overdue":
            return replace(live, to_ring=True, due_before=now, resting_at=now)
        if self.show == "risk":
            return replace(live, to_ring=True, due_from=now, due_before=now + RISK)
        if self.show == "unowned":
            return replace(live, owner=None, unowned=True)
        if self.show == "closed":
            return replace(live, state=self.state or "closed")
        return live
