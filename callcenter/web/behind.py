"""Which calls or promised times are behind a figure, as a link that says how many they are.

Every figure on a page is linked by these functions only. `data-count` is the figure; a test follows every such link and
counts the rows of the list.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask import url_for
from markupsafe import Markup, escape

from callcenter.web import formats
from callcenter.web.locale import current

Query = Mapping[str, object]

_CALLS, _PROMISES = "calls.calls", "callbacks_promises.promises"


def behind(text: object, count: int, **query: object) -> Markup:
    """A figure of offered calls, linked to the list of exactly these calls; without a link when there are none.

    text: what stands on the page; count: how many calls it counts; query: the filters of /oproepen (docs/pages.md),
    None for those that do not apply.
    """
    return _linked(_CALLS, text, count, {"counted": 1} | query)


def rescued_behind(text: object, count: int, **query: object) -> Markup:
    """The figure of direct calls that were passed on to the line; they need not be offered calls."""
    return _linked(_CALLS, text, count, {"rescued": 1} | query)


def promises_behind(text: object, count: int, **query: object) -> Markup:
    """A figure of promised times, linked to the list of exactly these. query: the filters of /terugbellen/beloften."""
    return _linked(_PROMISES, text, count, query)


def share_behind(part: int, whole: int, only: Query, **query: object) -> Markup:
    """`84% 52 van 62`, or `7 van 9` below ten calls, each number linked to its calls; a dash without calls.

    only: the filters that make the whole the part.
    """
    return _share(_CALLS, part, whole, only, {"counted": 1} | query)


def promises_kept_behind(part: int, whole: int, only: Query, **query: object) -> Markup:
    """The same of promised times."""
    return _share(_PROMISES, part, whole, only, query)


def half_hour_of(start: datetime) -> dict[str, object]:
    """The filters of one half hour that begins at an instant (UTC)."""
    return {"day": formats.local(start).date(), "from": _clock(start), "to": _clock(start + timedelta(minutes=30))}


def days_of_week(monday: date, first: date, last: date) -> dict[str, object]:
    """The filters of the part of a week that lies in the days from `first` up to and with `last`."""
    return {"day": max(monday, first), "last": min(monday + timedelta(days=6), last)}


def _share(endpoint: str, part: int, whole: int, only: Query, query: Query) -> Markup:
    if not whole:
        return Markup("–")
    links = _linked(endpoint, part, part, {**query, **only}), _linked(endpoint, whole, whole, query)
    of = Markup(formats.count_of(*links, current()))
    if whole < formats.FEW:
        return of
    return Markup("{} <small>{}</small>").format(_linked(endpoint, formats.percent(part / whole), whole, query), of)


def _linked(endpoint: str, text: object, count: int, query: Query) -> Markup:
    if not count:
        return escape(text)
    values: dict[str, Any] = {name: value for name, value in query.items() if value not in (None, "")}
    address = url_for(endpoint, **values)
    return Markup('<a href="{}" data-count="{}">{}</a>').format(address, count, text)


def _clock(at: datetime) -> str:
    """The local time, with its distance from UTC in an hour that a clock change repeats."""
    there = formats.local(at)
    repeated = there.replace(fold=0).utcoffset() != there.replace(fold=1).utcoffset()
    text = there.isoformat("T", "minutes").partition("T")[2]
    return text if repeated else text[:5]
