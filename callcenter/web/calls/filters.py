"""The filters of the list of calls, read from the address, and a chip for each that narrows the list."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta

from callcenter.numbers import parse
from callcenter.web import formats, words
from callcenter.web.active_rota import name_of
from callcenter.web.board.charts import PARTS
from callcenter.web.calls.conditions import CallFilter
from callcenter.web.chips import Chip, chip_of_days, days_of
from callcenter.web.locale import _, current
from callcenter.web.typed import MOST_ID, below, whole_number

Query = Mapping[str, str]

# The filters that the form has no field for: figures lead to them, and the form keeps them in hidden fields.
KEPT = (*("from", "to", "school", "line", "counted", "reached", "part", "in_time", "within_s", "rescued", "helped"),)
_YES_NO = {"yes": True, "no": False}
# The longest wait that can be asked for, in seconds.
_MOST_S = 3600


def filter_of(query: Query, now: datetime) -> CallFilter:
    """The filter in a query. Unknown values of the filters without a field are ignored."""
    since, until = _period(query)
    return CallFilter(
        since=since,
        until=until,
        outcome=query.get("outcome") or None,
        group=query.get("group") or None,
        consultant=query.get("consultant") or None,
        number=_number(query),
        school=query.get("school") or None,
        line=whole_number(query.get("line", ""), MOST_ID),
        counted=bool(query.get("counted")),
        reached=_YES_NO.get(query.get("reached", "")),
        part=_one_of(PARTS, query.get("part", "")),
        in_time=bool(query.get("in_time")),
        within_s=whole_number(query.get("within_s", ""), _MOST_S),
        weekday=below(7, query.get("weekday", "")),
        hour=below(24, query.get("hour", "")),
        rescued=bool(query.get("rescued")),
        helped=_YES_NO.get(query.get("helped", "")),
        judged_at=now,
    )


def kept(query: Query) -> dict[str, str]:
    """What the form keeps in hidden fields: the filters that it has no field for."""
    return {name: query[name] for name in KEPT if query.get(name)}


def hour_in_words(hour: int) -> str:
    """`from 12 to 13 o'clock`."""
    return _("from %(hour)s to %(next)s o'clock", hour=hour, next=hour + 1)


def chips(query: Query, wanted: CallFilter) -> list[Chip]:
    """One chip for each active filter, in the order of a sentence."""
    return [*_chips_of_time(query, wanted), *_chips_of_calls(query, wanted)]


def _chips_of_time(query: Query, wanted: CallFilter) -> Iterator[Chip]:
    days, locale = days_of(query), current()
    yield from chip_of_days(days, ("from", "to"))
    if days.first == days.last and wanted.since and wanted.until and (query.get("from") or query.get("to")):
        yield Chip(f"{formats.clock(wanted.since, locale)}–{formats.clock(wanted.until, locale)}", ("from", "to"))
    if wanted.weekday is not None:
        yield Chip(formats.weekday(wanted.weekday, locale), ("weekday",))
    if wanted.hour is not None:
        yield Chip(hour_in_words(wanted.hour), ("hour",))


def _chips_of_calls(query: Query, wanted: CallFilter) -> Iterator[Chip]:
    texts: dict[str, Callable[[str], str]] = {
        "outcome": lambda value: words.word(words.OUTCOMES, value),
        "group": lambda value: words.word(words.GROUPS, value),
        "consultant": lambda value: _("answered by %(name)s", name=name_of(value)),
        "number": lambda value: value,
        "school": lambda value: _("school %(code)s", code=value),
        "line": lambda value: _("line %(number)s", number=value),
        "counted": lambda _value: _("counted as offered"),
        "reached": lambda value: _("reached a person") if value == "yes" else _("reached nobody"),
        "part": lambda value: words.word(words.PARTS, value),
        "in_time": lambda _value: _("answered in time"),
        "within_s": lambda value: _("answered within %(s)s s", s=value),
        "rescued": lambda _value: _("rang a consultant's own mobile"),
        "helped": lambda value: _("helped as promised") if value == "yes" else _("not helped as promised"),
    }
    for name, text in texts.items():
        if query.get(name) and getattr(wanted, name) is not None:
            yield Chip(text(query[name]), (name,))


def _period(query: Query) -> tuple[datetime | None, datetime | None]:
    days = days_of(query)
    if days.first is None or days.last is None:
        return None, None
    since, until = (formats.midnight(day).astimezone(UTC) for day in (days.first, days.last + timedelta(days=1)))
    if days.first == days.last:
        ends = _at(days.first, query.get("to"), fold=1)
        since = _at(days.first, query.get("from"), fold=0) or since
        # Midnight as an end is that of the next day.
        until = ends if ends is not None and ends > since else until
    return since, until


def _at(day: date, text: str | None, *, fold: int) -> datetime | None:
    """The instant of a local time of a day. fold: which one, 0 or 1, of a time that a clock change repeats, unless the
    text says so by its distance from UTC."""
    try:
        at = datetime.combine(day, time.fromisoformat(_full(text or "")))
    except ValueError:
        return None
    return (at if at.tzinfo is not None else at.replace(tzinfo=formats.ZONE, fold=fold)).astimezone(UTC)


def _full(text: str) -> str:
    """`9.00` as `09:00`."""
    hour, mark, rest = text.replace(".", ":").partition(":")
    return f"{hour.zfill(2)}{mark}{rest}"


def _number(query: Query) -> str | None:
    text = query.get("number", "").strip()
    # Text that is no number must match no call, rather than every call.
    return (parse(text) or text) if text else None


def _one_of(known: tuple[str, ...], text: str) -> str | None:
    return text if text in known else None
