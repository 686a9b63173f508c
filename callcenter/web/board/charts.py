"""The geometry of the charts: where each bar, point and label lies. Templates draw it as SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# The parts of a bar, from the axis up. They are also the CSS classes that colour them.
PARTS = ("answered", "message", "missed", "abandoned")
OUTCOMES_OF: Mapping[str, tuple[str, ...]] = {
    "answered": ("answered",),
    "message": ("voicemail", "callback_requested"),
    "missed": ("missed", "failed"),
    "abandoned": ("abandoned",),
}
# The greatest width of a bar, for charts with few bars.
WIDEST = 56.0
# The distance between two labels, one below the other.
LABEL_HEIGHT = 13.0


@dataclass(frozen=True, slots=True)
class Rect:
    """One coloured part of a bar, in units of the drawing. kind: one of PARTS; count: the calls in it."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    count: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A label at a position on an axis."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart of stacked counts. shades: the stretches of the axis in which the rota has a gap, as (x, width)."""

    width: int
    height: int
    base: float
    left: float
    rects: Sequence[Rect]
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    shades: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. label: empty when none is drawn; counts: by part; gaps: where its time has a gap in the rota, as pairs
    of shares (0..1) of that time."""

    label: str
    counts: Mapping[str, int]
    gaps: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """A share (0..1) at one position; None breaks the line. few: based on few calls, and so drawn hollow;
    low, high: its 95% interval, None where none is drawn."""

    label: str
    share: float | None
    few: bool = False
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class LevelLine:
    """A horizontal line with its label at the end. y: of the line; text_y: of the label, moved so that none overlap."""

    kind: str
    name: str
    y: float
    text_y: float


@dataclass(frozen=True, slots=True)
class Line:
    """A chart of shares. segments: the unbroken stretches of the line as SVG points; bands: outlines of the 95%
    intervals as SVG points; dots: (x, y, few); levels: the lines beside it; labels: what stands at the ends of all
    lines, the one of the shares included, moved so that none overlap."""

    width: int
    height: int
    left: float
    right: float
    segments: Sequence[str]
    bands: Sequence[str]
    dots: Sequence[tuple[float, float, bool]]
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    levels: Sequence[LevelLine]
    labels: Sequence[LevelLine]


def parts_of(outcomes: Mapping[str, int]) -> dict[str, int]:
    """Counts by outcome, added up to the four parts of a bar."""
    return {part: sum(outcomes.get(one, 0) for one in those) for part, those in OUTCOMES_OF.items()}


def step_for(highest: int, most_ticks: int = 4) -> int:
    """The distance between ticks of a counting axis: 1, 2, 5, 10, 20, 50 …"""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if highest <= factor * size * most_ticks:
                return factor * size
        size *= 10


def bars(found: Sequence[Bar], width: int, height: int = 120) -> Bars:
    """Lay out stacked bars in a drawing of this size."""
    left, right, top, base = 28.0, 4.0, 10.0, height - 24.0
    highest = max((sum(bar.counts.values()) for bar in found), default=0)
    step = step_for(max(highest, 1))
    ceiling = max(-(-highest // step) * step, step)
    slot = (width - left - right) / max(len(found), 1)
    bar_width = min(slot - min(slot * 0.2, 6), WIDEST)
    per_call = (base - top) / ceiling
    rects: list[Rect] = []
    for index, bar in enumerate(found):
        y = base
        for kind in PARTS:
            count = bar.counts.get(kind, 0)
            if count:
                y -= count * per_call
                rects.append(
                    Rect(
                        kind,
                        _r(left + (index + 0.5) * slot - bar_width / 2),
                        _r(y),
                        _r(bar_width),
                        _r(count * per_call),
                        count,
                    )
                )
    return Bars(
        width=width,
        height=height,
        base=base,
        left=left,
        rects=rects,
        x_ticks=_x_ticks([bar.label for bar in found], left, slot, width),
        y_ticks=[Tick(_r(base - value * per_call), str(value)) for value in range(0, ceiling + 1, step)],
        shades=[
            (_r(left + (index + start) * slot), _r((end - start) * slot))
            for index, bar in enumerate(found)
            for start, end in bar.gaps
        ],
    )


def line(
    points: Sequence[Point],
    levels: Sequence[tuple[str, str, float]],
    width: int,
    height: int = 230,
    *,
    end: str = "",
    axis: bool = True,
) -> Line:
    """Lay out a line of shares, with a horizontal line at each level. The axis begins at 40%, for lower shares at 0%.

    levels: kind, label and share (0..1); end: the label at the end of the shares; axis: whether both axes have ticks.
    """
    left, top, base = (38.0, 10.0, height - 24.0) if axis else (2.0, 8.0, height - 6.0)
    longest = max((len(name) for name in (end, *(name for _, name, _ in levels))), default=0)
    right = width - longest * 6.2 - 12.0
    shares = [point.share for point in points if point.share is not None]
    floor = 0.0 if shares and min(shares) < 0.4 else 0.4
    slot = (right - left) / max(len(points), 1)

    def y(share: float) -> float:
        return _r(base - (max(share, floor) - floor) / (1 - floor) * (base - top))

    segments: list[list[str]] = [[]]
    bands: list[list[tuple[float, float, float]]] = [[]]
    dots: list[tuple[float, float, bool]] = []
    for index, point in enumerate(points):
        x = _r(left + (index + 0.5) * slot)
        if point.low is not None and point.high is not None:
            bands[-1].append((x, y(point.high), y(point.low)))
        else:
            bands.append([])
        if point.share is None:
            segments.append([])
            continue
        segments[-1].append(f"{x},{y(point.share)}")
        dots.append((x, y(point.share), point.few))
    marks = range(0 if floor == 0 else 40, 101, 20) if axis else ()
    lines = [(kind, name, y(share)) for kind, name, share in levels]
    return Line(
        width=width,
        height=height,
        left=left,
        right=right,
        segments=[" ".join(segment) for segment in segments if len(segment) > 1],
        bands=[_outline(band) for band in bands if len(band) > 1],
        dots=dots,
        x_ticks=_x_ticks([point.label for point in points], left, slot, width) if axis else (),
        y_ticks=[Tick(y(mark / 100), f"{mark}%") for mark in marks],
        levels=_labelled(lines),
        labels=_labelled([*lines, ("reach", end, dots[-1][1])] if end and dots else lines),
    )


def _outline(band: Sequence[tuple[float, float, float]]) -> str:
    """The points around a band, given as (x, upper y, lower y): along its upper edge and back along the lower one."""
    upper = [f"{x},{high}" for x, high, _ in band]
    return " ".join([*upper, *(f"{x},{low}" for x, _, low in reversed(band))])


def _labelled(lines: Sequence[tuple[str, str, float]]) -> list[LevelLine]:
    """Lines, each with its label beside it, or just below the label above it."""
    found: list[LevelLine] = []
    for kind, name, y in sorted(lines, key=lambda one: one[2]):
        text_y = max(y + 4, found[-1].text_y + LABEL_HEIGHT) if found else y + 4
        found.append(LevelLine(kind, name, y, _r(text_y)))
    return found


def _x_ticks(labels: Sequence[str], left: float, slot: float, width: int) -> list[Tick]:
    """As many of the labels that are not empty as fit, evenly spread."""
    named = [(index, label) for index, label in enumerate(labels) if label]
    longest = max((len(label) for _, label in named), default=1)
    room = max(int(width / (longest * 7.0 + 14)), 1)
    every = -(-len(named) // room)
    return [Tick(_r(left + (index + 0.5) * slot), label) for index, label in named[:: max(every, 1)]]


def _r(value: float) -> float:
    return round(value, 1)
