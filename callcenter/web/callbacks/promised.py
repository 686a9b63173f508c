"""The page of the promised times behind a figure: those of a period that were kept, or that were not."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from flask import render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from callcenter.callbacks.records import Callback
from callcenter.directory.records import Contact
from callcenter.reachability.counting import Scope
from callcenter.reachability.promises_judged import Promise, promises_due, promises_made
from callcenter.reachability.records import FigureDay
from callcenter.reachability.rollup import stored_in
from callcenter.rota.versions import in_force
from callcenter.web import formats, words
from callcenter.web.chips import Chip, chip_of_days, days_of
from callcenter.web.locale import _
from callcenter.web.page import LEADS, Page, now, pages, read
from callcenter.web.typed import MOST_ID, whole_number

PAGE = 50
_KEPT = {"yes": True, "no": False}
_MOST_PAGES = 10_000

blueprint = pages("callbacks_promises", LEADS)


@blueprint.get("/terugbellen/beloften")
def promises() -> Page:
    """The promised times that match the query, and how many they are."""
    found = _matching(read(), request.args)
    last_page = max(len(found) - 1, 0) // PAGE
    skipped = min((whole_number(request.args.get("page", ""), _MOST_PAGES) or 1) - 1, last_page) * PAGE
    shown = found[skipped : skipped + PAGE]
    return render_template(
        "promises.html",
        promises=shown,
        callbacks=_callbacks(read(), shown),
        count=len(found),
        erased=_erased(read(), request.args, found),
        next_page=skipped // PAGE + 2 if skipped + PAGE < len(found) else None,
        chips=list(_chips(request.args)),
    )


def _matching(session: Session, query: Mapping[str, str]) -> Sequence[Promise]:
    days, scope = days_of(query), _scope(session, query)
    if days.first is None or days.last is None:
        return []
    start, end = formats.midnight(days.first), formats.midnight(days.last + timedelta(days=1))
    if query.get("within") == "two_days":
        found = promises_made(session, start, end, now(), in_force(session), scope)
    else:
        found = promises_due(session, start, end, now(), scope)
    kept = _KEPT.get(query.get("kept", ""))
    return [one for one in found if kept in (None, one.is_kept)]


def _erased(session: Session, query: Mapping[str, str], found: Sequence[Promise]) -> int:
    """How many more were counted in the figures of rolled-up days, and erased since. 0 for a school's."""
    days = days_of(query)
    if days.first is None or days.last is None or query.get("school"):
        return 0
    end, scope = days.last + timedelta(days=1), _scope(session, query)
    rows = session.scalars(select(FigureDay).where(*stored_in(days.first, end, scope))).all()
    two_days = query.get("within") == "two_days"
    whole, part = ("called_back", "called_back_in_two_days") if two_days else ("callbacks_due", "callbacks_in_time")
    kept = _KEPT.get(query.get("kept", ""))
    counts = {True: (part,), False: (whole, part), None: (whole,)}[kept]
    sums = [sum(int(row.figures.get(name, 0)) for row in rows) for name in counts]
    counted = {row.day for row in rows}
    still = [one for one in found if formats.local(one.made_at if two_days else one.due_at).date() in counted]
    return max(0, int(sums[0] - sum(sums[1:]) - len(still)))


def _scope(session: Session, query: Mapping[str, str]) -> Scope:
    contact_id = None
    if query.get("school"):
        # A code that no school has must match no promise, rather than every promise.
        contact_id = session.scalar(select(Contact.id).where(Contact.duo_code == query["school"])) or 0
    return Scope(whole_number(query.get("line", ""), MOST_ID), query.get("group") or None, contact_id)


def _callbacks(session: Session, shown: Sequence[Promise]) -> Mapping[int, Callback]:
    wanted = select(Callback).where(Callback.id.in_({one.callback_id for one in shown}))
    return {callback.id: callback for callback in session.scalars(wanted)} if shown else {}


def _chips(query: Mapping[str, str]) -> Iterator[Chip]:
    yield from chip_of_days(days_of(query))
    two_days = query.get("within") == "two_days"
    kept = _KEPT.get(query.get("kept", ""))
    if kept is not None and two_days:
        yield Chip(
            _("called back in two working days") if kept else _("not called back in two working days"), ("kept",)
        )
    elif kept is not None:
        yield Chip(_("kept in time") if kept else _("not kept in time"), ("kept",))
    if two_days:
        yield Chip(_("by the day of the promise"), ("within",))
    if query.get("group"):
        yield Chip(words.word(words.GROUPS, query["group"]), ("group",))
    if query.get("line"):
        yield Chip(_("line %(number)s", number=query["line"]), ("line",))
    if query.get("school"):
        yield Chip(_("school %(code)s", code=query["school"]), ("school",))
