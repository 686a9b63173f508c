"""How does a dashboard look? Draws its panels as one page of HTML, in Grafana's dark or light colours."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

from grafana.asking import Drawn, Panel, Source, overrides
from grafana.panel_units import shown

WIDTH, _UNIT, _GAP = 1920, 38, 8
_COLUMN = (WIDTH - _GAP) / 24
_ZONE = ZoneInfo("Europe/Amsterdam")
_THEMES = {
    "dark": {"page": "#111217", "ground": "#181b1f", "ink": "#ccccdc", "faint": "#2c3235"},
    "light": {"page": "#f4f5f5", "ground": "#ffffff", "ink": "#24292e", "faint": "#d8d9da"},
}
_STYLE = """
*{{box-sizing:border-box}} body{{margin:0;background:{page};color:{ink};font:14px Inter,"DejaVu Sans",sans-serif;
position:relative;width:1920px;height:{height}px}} section{{position:absolute;background:{ground};overflow:hidden;
border:1px solid {faint};border-radius:3px}} h2{{font-size:14px;margin:7px 10px 0;font-weight:500}}
.values{{display:flex;justify-content:space-around;align-items:center;height:calc(100% - 30px);text-align:center}}
.value{{font-weight:600;line-height:1.1}} table{{border-collapse:collapse;width:100%;font-size:13px}}
td,th{{padding:5px 8px;border-bottom:1px solid {faint};text-align:left}} td.cell,th.cell{{text-align:center}}
svg text{{fill:{ink};font-size:12px}} .legend{{padding:0 12px;font-size:12px}} .legend span{{margin-right:14px}}
.legend i{{display:inline-block;width:16px;height:3px;margin-right:5px;vertical-align:middle}}
"""


def page(dashboard: Mapping[str, object], source: Source, theme: str) -> tuple[str, int]:
    """The page of a dashboard and its height in pixels. Raises HTTPError when Prometheus refuses a query."""
    panels: Sequence[Panel] = dashboard["panels"]  # type: ignore[assignment]
    events = [(one["iconColor"], source.events(one)) for one in dashboard["annotations"]["list"]]  # type: ignore[index]
    height = int(max((one["gridPos"]["y"] + one["gridPos"]["h"]) for one in panels) * _UNIT + _GAP)
    style = _STYLE.format(height=height, **_THEMES[theme])
    drawn = "".join(_panel(one, source, events, theme) for one in panels)
    return f'<!doctype html><meta charset="utf-8"><style>{style}</style><body>{drawn}</body>', height


_Events = Sequence[tuple[str, Sequence[tuple[float, float]]]]


def _panel(panel: Panel, source: Source, events: _Events, theme: str) -> str:
    place = panel["gridPos"]
    width, height = int(place["w"] * _COLUMN - _GAP), place["h"] * _UNIT - _GAP
    series = source.series(panel, width)
    inside = _KINDS[panel["type"]](panel, series, _Frame(source, width, height - 30, events, theme))
    at = f"left:{place['x'] * _COLUMN + _GAP:.0f}px;top:{place['y'] * _UNIT + _GAP}px;width:{width}px;height:{height}px"
    return f'<section style="{at}"><h2>{escape(panel["title"])}</h2>{inside}</section>'


class _Frame:
    """Where a panel's inside is drawn: the chosen time, the size in pixels, the events and the colours."""

    left, right, top, bottom = 64, 14, 10, 44

    def __init__(self, source: Source, width: int, height: int, events: _Events, theme: str) -> None:
        self.source, self.width, self.height, self.events = source, width, height, events
        self.colours = _THEMES[theme]
        self._begin, self._end = source.since.timestamp(), source.until.timestamp()

    def x(self, at: float) -> float:
        share = (at - self._begin) / (self._end - self._begin)
        return self.left + min(1.0, max(0.0, share)) * (self.width - self.left - self.right)

    def y(self, value: float, most: float) -> float:
        return self.height - self.bottom - value / most * (self.height - self.bottom - self.top)

    def axes(self, most: float, unit: str, label: str) -> str:
        faint = self.colours["faint"]
        parts = [
            f'<text transform="translate(13 {self.height / 2 - 14:.0f}) rotate(-90)" text-anchor="middle">'
            f"{escape(label)}</text>"
        ]
        for tick in range(5):
            value = most * tick / 4
            at = self.y(value, most)
            parts.append(f'<path d="M{self.left} {at:.1f}H{self.width - self.right}" stroke="{faint}"/>')
            parts.append(f'<text x="{self.left - 6}" y="{at + 4:.1f}" text-anchor="end">{shown(value, unit)}</text>')
        parts += self._times()
        for colour, spans in self.events:
            for begin, end in spans:
                at, wide = self.x(begin), max(1.0, self.x(end) - self.x(begin))
                size = f'x="{at:.1f}" y="{self.top}" width="{wide:.1f}" height="{self.height - self.bottom - self.top}"'
                parts.append(f'<rect {size} fill="{colour}" opacity="{0.9 if wide == 1.0 else 0.12}"/>')
        return "".join(parts)

    def _times(self) -> list[str]:
        span = self.source.until - self.source.since
        every = timedelta(days=1) if span > timedelta(days=2) else timedelta(hours=4 if span.days else 1)
        at = self.source.since.astimezone(_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
        found = []
        while at <= self.source.until:
            if at >= self.source.since:
                text = at.strftime("%d-%m" if every.days else "%H:%M")
                place = f'x="{self.x(at.timestamp()):.1f}" y="{self.height - self.bottom + 16}"'
                found.append(f'<text {place} text-anchor="middle">{text}</text>')
            at = (at.astimezone(UTC) + every).astimezone(_ZONE)
        return found

    def picture(self, inside: str) -> str:
        size = f'width="{self.width}" height="{self.height - 24}" viewBox="0 0 {self.width} {self.height - 24}"'
        return f"<svg {size}>{inside}</svg>"


def _colour_of(panel: Panel, value: float) -> str:
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    return str([one["color"] for one in steps if one["value"] is None or value >= one["value"]][-1])


def _figure(panel: Panel, series: Sequence[Drawn], frame: _Frame) -> str:
    defaults = panel["fieldConfig"]["defaults"]
    sizes = panel["options"].get("text", {})
    value_px, name_px = sizes.get("valueSize", 40 if len(series) < 2 else 30), sizes.get("titleSize", 15)
    filled = panel["options"]["colorMode"] == "background"
    values = []
    words: dict[str, Mapping[str, str]] = {}
    unknown: Mapping[str, str] = {}
    for mapping in defaults.get("mappings", ()):
        if mapping["type"] == "special":
            unknown = mapping["options"]["result"]
        else:
            words.update(mapping["options"])
    for one in series:
        value = one.points[-1][1]
        word = words.get(f"{value:g}", {})
        colour = word.get("color", _colour_of(panel, value))
        text = word.get("text", shown(value, defaults["unit"], defaults["decimals"]))
        named = f'<div style="font-size:{name_px}px">{escape(one.name)}</div>' if filled or len(series) > 1 else ""
        look = _look(colour, filled)
        values.append(f'<div class="value" style="font-size:{value_px}px;{look}">{named}{escape(text)}</div>')
    look = _look(unknown["color"], filled)
    nothing = f'<div class="value" style="font-size:{value_px}px;{look}">{escape(unknown["text"])}</div>'
    return f'<div class="values">{"".join(values) or nothing}</div>'


def _look(colour: str, filled: bool) -> str:
    return f"background:{colour};color:#fff;flex:1;height:100%;padding-top:2%" if filled else f"color:{colour}"


def _chart(panel: Panel, series: Sequence[Drawn], frame: _Frame) -> str:
    defaults = panel["fieldConfig"]["defaults"]
    stacked = defaults["custom"].get("drawStyle") == "bars"
    heights: dict[float, float] = {}
    for one in series:
        for at, value in one.points:
            heights[at] = heights.get(at, 0) + value if stacked else max(heights.get(at, 0), value)
    most = defaults.get("max") or _rounded(max(heights.values(), default=0.0), defaults["unit"])
    inside = frame.axes(most, defaults["unit"], defaults["custom"]["axisLabel"])
    step = frame.source.step(panel, frame.width)
    below: dict[float, float] = {}
    for one in series:
        inside += _stack(one, step, below, most, frame) if stacked else _line(one, step, most, frame)
    legend = "".join(f'<span><i style="background:{one.colour}"></i>{escape(one.name)}</span>' for one in series)
    return f'{frame.picture(inside)}<div class="legend">{legend}</div>'


def _line(one: Drawn, step: int, most: float, frame: _Frame) -> str:
    path, before = "", None
    for at, value in one.points:
        # No line where points are missing.
        goes_on = before is not None and at - before <= step * 1.5
        path += f"{'L' if goes_on else 'M'}{frame.x(at):.1f} {frame.y(value, most):.1f}"
        before = at
    dash = ' stroke-dasharray="8 6"' if one.dashed else ""
    return f'<path d="{path}" fill="none" stroke="{one.colour}" stroke-width="{one.width}"{dash}/>'


def _stack(one: Drawn, step: int, below: dict[float, float], most: float, frame: _Frame) -> str:
    bars = ""
    for at, value in one.points:
        bottom = below.get(at, 0.0)
        below[at] = bottom + value
        x, y = frame.x(at - step), frame.y(bottom + value, most)
        size = f'width="{max(1.0, frame.x(at) - x - 1):.1f}" height="{frame.y(bottom, most) - y:.1f}"'
        bars += f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="{one.colour}"/>'
    return bars


def _heatmap(panel: Panel, series: Sequence[Drawn], frame: _Frame) -> str:
    ordered = sorted(series, key=lambda one: float(one.labels["le"].replace("+Inf", "inf")))
    step = frame.source.step(panel, frame.width)
    inside = frame.axes(1.0, "none", panel["options"]["yAxis"]["axisLabel"])
    counts: list[tuple[int, float, float]] = []
    lower: dict[float, float] = {}
    for row, one in enumerate(ordered):
        for at, value in one.points:
            counts.append((row, at, value - lower.get(at, 0.0)))
            lower[at] = value
    most = max((count for _, _, count in counts), default=1.0) or 1.0
    for row, one in enumerate(ordered):
        y = frame.y((row + 0.5) / len(ordered), 1)
        inside += f'<text x="{frame.left - 6}" y="{y + 4:.1f}" text-anchor="end">{escape(_bound(one))}</text>'
    tall = frame.y(0, 1) - frame.y(1 / max(1, len(ordered)), 1)
    for row, at, count in counts:
        if count > 0:
            x, y = frame.x(at - step), frame.y((row + 1) / len(ordered), 1)
            size = f'width="{max(1.0, frame.x(at) - x):.1f}" height="{tall - 1:.1f}"'
            fill = panel["options"]["color"]["fill"]
            inside += f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="{fill}" opacity="{(count / most) ** 0.5:.2f}"/>'
    return frame.picture(inside)


def _bound(one: Drawn) -> str:
    return "∞" if one.labels["le"] == "+Inf" else f"{float(one.labels['le']):g} s"


def _table(panel: Panel, series: Sequence[Drawn], frame: _Frame) -> str:
    transformed = [one["id"] for one in panel["transformations"]]
    if "groupingToMatrix" in transformed:
        return _week(panel, series)
    if "joinByField" in transformed:
        return _ranking(panel, series)
    names = panel["transformations"][0]["options"]["renameByName"]
    label, value = next((key, name) for key, name in names.items() if key != "Value"), names["Value"]
    unit = panel["fieldConfig"]["defaults"]["unit"]
    rows = sorted(((one.points[-1][1], one.labels[label[0]]) for one in series), reverse=True)
    cells = "".join(
        f'<tr><td>{escape(name)}</td><td style="color:{_colour_of(panel, n)}">{shown(n, unit)}</td></tr>'
        for n, name in rows[:9]
    )
    return f"<table><tr><th>{escape(label[1])}</th><th>{escape(value)}</th></tr>{cells}</table>"


def _week(panel: Panel, series: Sequence[Drawn]) -> str:
    cells = {(one.labels["hour"], one.labels["weekday"]): one.points[-1][1] for one in series}
    days, hours = sorted({day for _, day in cells}), sorted({hour for hour, _ in cells})
    first = overrides(panel, "hour\\weekday")["displayName"]
    heads = "".join(f'<th class="cell">{escape(overrides(panel, day)["displayName"])}</th>' for day in days)
    rows = ""
    for hour in hours:
        rows += f"<tr><td>{escape(hour)}</td>"
        for day in days:
            value = cells.get((hour, day))
            if value is None:
                rows += '<td class="cell">–</td>'
            else:
                text = shown(value, panel["fieldConfig"]["defaults"]["unit"])
                rows += f'<td class="cell" style="background:{_colour_of(panel, value)};color:#fff">{text}</td>'
        rows += "</tr>"
    return f"<table><tr><th>{escape(first)}</th>{heads}</tr>{rows}</table>"


def _ranking(panel: Panel, series: Sequence[Drawn]) -> str:
    options = {one["id"]: one["options"] for one in panel["transformations"]}
    names = options["organize"]["renameByName"]
    columns = {f"Value #{one.ref}": dict(one.points) for one in series}
    order = next(field for field, name in names.items() if name == options["sortBy"]["sort"][0]["field"])
    ranked = sorted(columns.get(order, {}).items(), key=lambda one: (-one[1], one[0]))[: options["limit"]["limitField"]]
    rows = ""
    for at, _ in ranked:
        when = datetime.fromtimestamp(at, UTC).astimezone(_ZONE).strftime("%d-%m %H:%M")
        rows += (
            f"<tr><td>{when}</td>" + "".join(f"<td>{found.get(at, 0):g}</td>" for found in columns.values()) + "</tr>"
        )
    heads = "".join(f"<th>{escape(names[key])}</th>" for key in ("Time", *columns))
    return f"<table><tr>{heads}</tr>{rows}</table>"


def _rounded(most: float, unit: str) -> float:
    """The next value that four ticks divide well; of a count, into whole ones."""
    if unit == "short":
        most = max(most, 4.0)
    size = 1e-4
    while size * 10 < most:
        size *= 10
    return next(size * step for step in (1, 2, 4, 8, 12, 20) if size * step >= most)


_KINDS: Mapping[str, Callable[[Panel, Sequence[Drawn], _Frame], str]] = {
    "stat": _figure,
    "timeseries": _chart,
    "heatmap": _heatmap,
    "table": _table,
}
