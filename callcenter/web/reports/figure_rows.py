"""The figures of a period as rows of text: every field of Figures, with its unit in the heading."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from callcenter.reachability.figures import CHARTER_S, MIN_CALLS, Figures
from callcenter.reachability.queries import Report
from callcenter.web import words
from callcenter.web.board.asked import Asked
from callcenter.web.csv_text import number
from callcenter.web.locale import _

Text = Callable[[object], str]


@dataclass(frozen=True, slots=True)
class _Column:
    """A column. field: of Figures; of: for a share, the field with its whole."""

    field: str
    heading: str
    text: Text
    of: str | None = None

    def cell(self, figures: Figures) -> str:
        """Its text. A share of fewer than ten is left out: the counts beside it say the same."""
        if self.of is not None and getattr(figures, self.of) < MIN_CALLS:
            return ""
        return self.text(getattr(figures, self.field))


def figure_rows(report: Report, wanted: Asked) -> Iterator[list[str]]:
    """Headings, a row for each bucket, and one for the whole period."""
    columns = _columns()
    of = words.word(words.GROUPS, wanted.group) if wanted.group else _("all")
    on = str(wanted.line_id) if wanted.line_id else _("all")
    outcomes = tuple(words.OUTCOMES)
    yield [
        _("what"),
        _("from day"),
        _("up to and including day"),
        _("Group"),
        _("number of the line"),
        *(column.heading for column in columns),
        *(_("offered calls with outcome: %(outcome)s", outcome=words.word(words.OUTCOMES, key)) for key in outcomes),
    ]
    length = timedelta(days=7 if wanted.by == "week" else 1)
    parts = [
        (
            _("day") if wanted.by == "day" else _("week"),
            max(bucket.day, wanted.first),
            bucket.day + length,
            bucket.figures,
        )
        for bucket in report.items
    ]
    for what, since, end, figures in (*parts, (_("whole period"), wanted.first, wanted.after, report.total)):
        until = min(end - timedelta(days=1), wanted.last)
        counts = [str(figures.outcomes.get(key, 0)) for key in outcomes]
        yield [what, str(since), str(until), of, on, *(one.cell(figures) for one in columns), *counts]


def _columns() -> tuple[_Column, ...]:
    return (
        _Column("offered", _("calls offered"), str),
        _Column("answered", _("calls answered"), str),
        _Column("reachability", _("share of the offered calls answered (0 to 1)"), _share, of="offered"),
        _Column("low", _("lower end of the interval of 95 percent (0 to 1)"), _share, of="offered"),
        _Column("high", _("upper end of the interval of 95 percent (0 to 1)"), _share, of="offered"),
        _Column("interval", _("the interval comes from"), _interval, of="offered"),
        _Column("answered_in_time", _("calls answered in time"), str),
        _Column("service_level", _("share of the offered calls answered in time (0 to 1)"), _share, of="offered"),
        _Column(
            "service_level_answered", _("share of the answered calls answered in time (0 to 1)"), _share, of="answered"
        ),
        _Column("answered_in_charter", _("calls answered within %(seconds)s seconds", seconds=CHARTER_S), str),
        _Column("wait_p50_s", _("wait of all calls, half within (seconds)"), _seconds),
        _Column("wait_p90_s", _("wait of all calls, nine in ten within (seconds)"), _seconds),
        _Column("to_person_p50_s", _("wait until a person, half within (seconds)"), _seconds),
        _Column("to_person_p90_s", _("wait until a person, nine in ten within (seconds)"), _seconds),
        _Column("gave_up_p50_s", _("wait of those who reached nobody, half within (seconds)"), _seconds),
        _Column("gave_up_p90_s", _("wait of those who reached nobody, nine in ten within (seconds)"), _seconds),
        _Column("callbacks_due", _("promises due"), str),
        _Column("callbacks_in_time", _("promises kept in time"), str),
        _Column("called_back", _("promises whose two working days are over, or that are kept"), str),
        _Column("called_back_in_two_days", _("promises kept within two working days"), str),
        _Column("helped_of", _("calls of which it is known whether the caller was helped"), str),
        _Column("helped", _("calls whose caller was helped"), str),
        _Column("callers", _("callers, each once a day"), str),
        _Column("callers_helped", _("callers who were helped"), str),
    )


def _share(value: object) -> str:
    return number(value, 4) if isinstance(value, float) else ""


def _seconds(value: object) -> str:
    return number(value) if isinstance(value, float) else ""


def _interval(value: object) -> str:
    return {"calls": _("single calls"), "days": _("whole days")}.get(str(value), "")
