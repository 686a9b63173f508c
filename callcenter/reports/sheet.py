"""What a month report says, in Dutch or English: the words and charts that page and PDF both show; pure.

The words stand here and not in the pages' catalogue, since commands and mail have no page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from babel.dates import format_date, format_datetime, get_day_names

from callcenter.reachability.month_report import Bar, By, Cell, Column, Count, Measure, MonthReport, Share

_WORDS: Mapping[str, Mapping[str, str]] = {
    "nl": {
        "title": "Bereikbaarheid",
        "not_over": "tot en met {day}: de maand is nog niet voorbij",
        "few": "Minder dan tien oproepen: dan staan er alleen aantallen.",
        "none": "Geen oproepen in deze maand.",
        "erased": "Oproepen van zo lang geleden zijn (deels) gewist: van de school is niet alles meer bekend.",
        "month": "{month}",
        "before": "maand ervoor",
        "all_schools": "alle scholen",
        "offered": "Oproepen tijdens openingstijd",
        "answered": "Bereikten een medewerker",
        "helped": "Geholpen: bereikt, of op tijd gesproken na een belofte",
        "callers_helped": "Bellers geholpen (wie op een dag vaker belt, telt één keer)",
        "in_time": "Opgenomen binnen {seconds} seconden",
        "or": " of ",
        "callbacks_in_time": "Op tijd teruggebeld (van de beloften)",
        "to_person_p50": "Wachttijd tot een medewerker: de helft binnen",
        "to_person_p90": "Wachttijd tot een medewerker: negen van de tien binnen",
        "of": "{part} van {whole}",
        "share": "{share}% ({part} van {whole})",
        "by_day": "Oproepen per dag van de maand",
        "by_weekday": "Per weekdag",
        "by_hour": "Per uur van de dag",
        "answered_bar": "bereikt",
        "offered_bar": "niet bereikt",
        "target": "Doel: {share}% van de oproepen bereikt een medewerker.",
        "made": "Gemaakt {when}",
        "place": "{place} · {code}",
        "everyone": "Alle bellers",
        "file": "rapport",
    },
    "en": {
        "title": "Reachability",
        "not_over": "up to and including {day}: the month is not over",
        "few": "Fewer than ten calls: counts alone.",
        "none": "No calls in this month.",
        "erased": "Calls of so long ago are erased, or some of them: not everything of the school is known any more.",
        "month": "{month}",
        "before": "month before",
        "all_schools": "all schools",
        "offered": "Calls in opening hours",
        "answered": "Reached a person",
        "helped": "Helped: reached, or spoken to in time after a promise",
        "callers_helped": "Callers helped (who rings more often in a day counts once)",
        "in_time": "Answered within {seconds} seconds",
        "or": " or ",
        "callbacks_in_time": "Called back in time (of the promises)",
        "to_person_p50": "Wait until a person: half within",
        "to_person_p90": "Wait until a person: nine in ten within",
        "of": "{part} of {whole}",
        "share": "{share}% ({part} of {whole})",
        "by_day": "Calls by day of the month",
        "by_weekday": "By weekday",
        "by_hour": "By hour of the day",
        "answered_bar": "reached",
        "offered_bar": "not reached",
        "target": "Goal: {share}% of the calls reach a person.",
        "made": "Made {when}",
        "place": "{place} · {code}",
        "everyone": "All callers",
        "file": "report",
    },
}
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class SheetBar:
    """One bar, in units of the chart (0..1). label: below it; text: what it says in words; number: above it."""

    x: float
    width: float
    offered: float
    answered: float
    label: str
    number: str
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar chart. wide: it takes the whole width of the sheet."""

    title: str
    bars: tuple[SheetBar, ...]
    wide: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """One A4 of words and charts.

    head: of the table's columns, the first is empty; rows: the measure and a cell for each column; legend: of the two
    parts of a bar; notes: below the title; foot: at the bottom; name: of a file that holds it, without its ending.
    """

    locale: str
    title: str
    subject: str
    subtitle: str
    notes: tuple[str, ...]
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    charts: tuple[Chart, ...]
    legend: tuple[str, str]
    foot: tuple[str, ...]
    name: str


def month_name(month: date, locale: str) -> str:
    """`november 2026`, `November 2026`."""
    return str(format_date(month, "LLLL y", locale=locale))


def file_name(month: date, locale: str, code: str | None = None) -> str:
    """`rapport-2026-11`, `rapport-2026-11-05WE00`: the name of the report's file, without its ending."""
    return "-".join(filter(None, (_WORDS[locale]["file"], f"{month:%Y-%m}", code)))


def sheet_of(report: MonthReport, office: str, made_at: datetime, locale: str) -> Sheet:
    """The report in words. office: the name of the line; made_at: in local time."""
    words = _WORDS[locale]
    month = month_name(report.month, locale)
    school = report.school
    notes = []
    if not report.whole:
        notes.append(words["not_over"].format(day=format_date(report.last, "d MMMM", locale=locale)))
    if report.erased:
        notes.append(words["erased"])
    if report.offered < 10 and not (report.erased and not report.offered):
        notes.append(words["few" if report.offered else "none"])
    made = format_datetime(made_at, "d MMMM y HH:mm" if locale == "en" else "d MMMM y H.mm", locale=locale)
    return Sheet(
        locale=locale,
        title=f"{words['title']} {month}",
        subject=school.name if school else words["everyone"],
        subtitle=words["place"].format(place=school.place, code=school.code) if school else office,
        notes=tuple(notes),
        head=("", *(_column(column, month, words) for column in report.columns)),
        rows=tuple(
            (_measure(row.measure, report, words), *(_cell(cell, words) for cell in row.cells)) for row in report.rows
        ),
        charts=tuple(_chart(by, bars, report.month, locale) for by, bars in report.bars),
        legend=(words["answered_bar"], words["offered_bar"]),
        foot=(
            words["target"].format(share=round(report.target * 100)),
            f"{words['made'].format(when=made)} · {office}",
        ),
        name=file_name(report.month, locale, school.code if school else None),
    )


def _column(column: Column, month: str, words: Mapping[str, str]) -> str:
    return words[column].format(month=month)


def _measure(measure: Measure, report: MonthReport, words: Mapping[str, str]) -> str:
    return words[measure].format(seconds=words["or"].join(f"{level:g}" for level in report.service_levels_s))


def _cell(cell: Cell, words: Mapping[str, str]) -> str:
    if isinstance(cell, Count):
        return str(cell.number)
    if isinstance(cell, Share):
        if not cell.whole:
            return NOTHING
        if cell.ratio is None:
            return words["of"].format(part=cell.part, whole=cell.whole)
        return words["share"].format(share=f"{cell.ratio * 100:.0f}", part=cell.part, whole=cell.whole)
    return NOTHING if cell.seconds is None else _duration(cell.seconds)


def _duration(seconds: float) -> str:
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def _chart(by: By, bars: tuple[Bar, ...], month: date, locale: str) -> Chart:
    words = _WORDS[locale]
    most = max((bar.offered for bar in bars), default=0) or 1
    step = 1 / len(bars)
    drawn = tuple(
        SheetBar(
            x=(index + 0.12) * step,
            width=0.76 * step,
            offered=bar.offered / most,
            answered=bar.answered / most,
            label=_label(by, bar.at, locale),
            number=str(bar.offered) if bar.offered else "",
            text=words["of"].format(part=bar.answered, whole=bar.offered),
        )
        for index, bar in enumerate(bars)
    )
    return Chart(words[f"by_{by}"], drawn, wide=by == "day")


def _label(by: By, at: int, locale: str) -> str:
    if by == "weekday":
        return str(get_day_names("abbreviated", locale=locale)[at]).rstrip(".")
    return str(at)
