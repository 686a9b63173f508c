"""The kinds of panels that dashboards are made of: a figure, lines, bars, cells and tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard as dashboard_builders
from grafana_foundation_sdk.builders import heatmap, prometheus, stat, table, timeseries
from grafana_foundation_sdk.models import common, dashboard
from grafana_foundation_sdk.models import heatmap as models
from grafana_foundation_sdk.models.dashboard import DynamicConfigValue
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from grafana.colours import BAD, BRAND, GOOD, GREY, WARN

DATA_SOURCE = dashboard.DataSourceRef(type_val="prometheus", uid="${datasource}")
# Below the share of 2022 red, up to the one of 2015 amber.
SHARE_STEPS = ((None, BAD), (0.69, WARN), (0.88, GOOD))
# Under ten calls a count says little, so it has no colour.
COUNT_STEPS = ((None, GREY), (10, BRAND))
FAULT_STEPS = ((None, GOOD), (1, BAD))
HALF_HOUR = "30m"

Panel = stat.Panel | timeseries.Panel | heatmap.Panel | table.Panel
Steps = Sequence[tuple[float | None, str]]


@dataclass(frozen=True, slots=True)
class Series:
    """One query and what the legend calls its series.

    name: the legend; `{{label}}` stands for the value of a label. shown: for each name, its text and its colour,
    None for grey. style: line style and width of a line that is no measurement.
    """

    expr: str
    name: str
    shown: Mapping[str, tuple[str, str | None]]
    style: tuple[DynamicConfigValue, ...] = ()


def one(expr: str, name: str, colour: str = BRAND) -> Series:
    """A query with one series."""
    return Series(expr, name, {name: (name, colour)})


def by_label(expr: str, label: str, shown: Mapping[str, tuple[str, str | None]]) -> Series:
    """A query with a series for each value of a label. shown: text and colour by value; None: grey."""
    return Series(expr, f"{{{{{label}}}}}", shown)


def mark(expr: str, name: str, colour: str, dash: Sequence[int] = (), width: int = 1) -> Series:
    """A line to compare with: solid, or dashed by lengths of stroke and gap in pixels."""
    style = {"fill": "dash", "dash": list(dash)} if dash else {"fill": "solid"}
    look = DynamicConfigValue(id_val="custom.lineStyle", value=style)
    return Series(
        expr, name, {name: (name, colour)}, (look, DynamicConfigValue(id_val="custom.lineWidth", value=width))
    )


def figure(
    title: str,
    description: str,
    unit: str,
    series: Sequence[Series],
    steps: Steps,
    *,
    decimals: int = 0,
    width: int = 4,
    height: int = 5,
    words: Mapping[str, tuple[str, str]] | None = None,
    link: tuple[str, str] | None = None,
    nothing: str = "–",
    absent: str = GREY,
    size: int | None = None,
) -> stat.Panel:
    """Large figures. steps: the value from which each colour holds.

    words: text and colour for single values. link: title and address behind the figure. nothing, absent: the text and
    the colour without data, where Grafana takes the colour of the first step, which would be a judgement.
    size: of the figures in pixels; the whole panel is coloured then, to be read from afar.
    """
    panel = stat.Panel().reduce_options(common_builders.ReduceDataOptions().calcs(["lastNotNull"]))
    panel = panel.color_mode(common.BigValueColorMode.VALUE).graph_mode(common.BigValueGraphMode.NONE)
    panel = panel.title(title).description(description).unit(unit).decimals(decimals).datasource(DATA_SOURCE)
    panel = panel.thresholds(_thresholds(steps)).no_value(nothing).span(width).height(height)
    panel = panel.color_scheme(_by_thresholds())
    unknown = dashboard.ValueMappingResult(nothing, absent, index=len(words or ()))
    match = dashboard.SpecialValueMatch.NULL_AND_NAN
    mappings: list[dashboard.ValueMapping] = [
        dashboard.SpecialValueMap(dashboard.DashboardSpecialValueMapOptions(match, unknown))
    ]
    if words:
        shown = {
            value: dashboard.ValueMappingResult(text, colour, index=at)
            for at, (value, (text, colour)) in enumerate(words.items())
        }
        mappings.insert(0, dashboard.ValueMap(options=shown))
    panel = panel.mappings(mappings)
    if link:
        panel = panel.data_links([_link(*link)])
    if size is not None:
        sizes = common_builders.VizTextDisplayOptions().title_size(size // 3).value_size(size)
        panel = panel.color_mode(common.BigValueColorMode.BACKGROUND).text(sizes)
        panel = panel.text_mode(common.BigValueTextMode.VALUE_AND_NAME)
    for index, single in enumerate(series):
        panel = panel.with_target(_target(single, index).instant())
    return panel


def lines(
    title: str,
    description: str,
    unit: str,
    axis: str,
    series: Sequence[Series],
    *,
    width: int = 12,
    most: float | None = None,
    interval: str | None = None,
) -> timeseries.Panel:
    """Lines over time. axis: what the vertical axis counts, with its unit; most: where it ends."""
    panel = _over_time(title, description, unit, axis, series, width).fill_opacity(0).line_width(2).min(0)
    panel = panel if most is None else panel.max(most)
    return panel if interval is None else panel.interval(interval)


def bars(
    title: str, description: str, unit: str, axis: str, series: Sequence[Series], *, width: int = 12, height: int = 8
) -> timeseries.Panel:
    """Stacked bars, one for each half hour, or for each longer step where the chosen time is long."""
    panel = _over_time(title, description, unit, axis, series, width).draw_style(common.GraphDrawStyle.BARS)
    panel = panel.fill_opacity(80).line_width(0).min(0).interval(HALF_HOUR).height(height)
    # The time of a point is the end of its step, so a bar stands before it.
    panel = panel.bar_alignment(common.BarAlignment.BEFORE)
    return panel.stacking(common_builders.StackingConfig().mode(common.StackingMode.NORMAL))


def cells(title: str, description: str, unit: str, axis: str, expr: str, *, width: int = 12) -> heatmap.Panel:
    """The buckets of a histogram over time, stronger where more values are. unit, axis: of the vertical axis."""
    target = _target(one(expr, "{{le}}"), 0).format(PromQueryFormat.HEATMAP).range()
    panel = heatmap.Panel().title(title).description(description).datasource(DATA_SOURCE).unit(unit)
    axis_of = heatmap.YAxisConfig().unit(unit).axis_label(axis).axis_placement(common.AxisPlacement.LEFT)
    panel = panel.y_axis(axis_of).cell_values(heatmap.CellValues().unit("short").decimals(0)).show_tooltip()
    panel = panel.color(
        heatmap.HeatmapColorOptions().mode(_OPACITY).fill(BRAND).scale(_EXPONENTIAL).steps(64).exponent(0.5)
    )
    panel = panel.filter_values(heatmap.FilterValueRange().le(1e-9)).show_legend().cell_gap(1)
    even = common_builders.ScaleDistributionConfig().type(common.ScaleDistribution.LINEAR)
    panel = panel.scale_distribution(even)
    return panel.with_target(target).span(width).height(8).calculate(False).interval(HALF_HOUR)


def week(
    title: str,
    description: str,
    unit: str,
    expr: str,
    days: Sequence[str],
    hour: str,
    steps: Steps,
    *,
    width: int = 12,
) -> table.Panel:
    """A heat map of the week: a row for each hour, a column for each day, the figure in each cell.

    expr: gives `slot`, `weekday` (1 to 7) and `hour`. days: the names of the seven columns; hour: of the first one.
    """
    panel = _table(title, description, unit, width, height=11).thresholds(_thresholds(steps))
    panel = panel.color_scheme(_by_thresholds()).with_target(_target(one(expr, "cell"), 0).instant().format(_AS_TABLE))
    panel = panel.with_transformation(_step("sortBy", {"sort": [{"field": "slot"}]}))
    matrix = {"columnField": "weekday", "rowField": "hour", "valueField": "Value", "emptyValue": "null"}
    panel = panel.with_transformation(_step("groupingToMatrix", matrix))
    panel = panel.override_by_name("hour\\weekday", [_called(hour), DynamicConfigValue("custom.width", 90)])
    coloured = DynamicConfigValue("custom.cellOptions", {"type": "color-background", "mode": "basic"})
    for number, day in enumerate(days, start=1):
        panel = panel.override_by_name(
            str(number), [_called(day), coloured, DynamicConfigValue("custom.align", "center")]
        )
    return panel.sort_by([common_builders.TableSortByFieldState().display_name(hour).desc(False)])


def ranking(
    title: str,
    description: str,
    columns: Sequence[tuple[str, str, str]],
    ended: str,
    *,
    order: str,
    most: int = 10,
    width: int = 12,
) -> table.Panel:
    """The half hours at the top of an order. columns: query, name and unit; ended: the name of the column of the time.

    order: the name of the column to sort by, largest first.
    """
    panel = _table(title, description, "short", width, height=11).interval(HALF_HOUR).max_data_points(2000)
    names = {"Time": ended}
    for index, (expr, name, _) in enumerate(columns):
        target = _target(one(expr, name), index)
        names[f"Value #{chr(ord('A') + index)}"] = name
        panel = panel.with_target(target.range().format(_AS_TABLE))
    panel = panel.with_transformation(_step("joinByField", {"byField": "Time", "mode": "outer"}))
    panel = panel.with_transformation(_step("organize", {"renameByName": names}))
    panel = panel.with_transformation(_step("sortBy", {"sort": [{"field": order, "desc": True}]}))
    panel = panel.with_transformation(_step("limit", {"limitField": most}))
    panel = panel.override_by_name(ended, [DynamicConfigValue("unit", "time:DD-MM HH:mm")])
    for _, name, unit in columns:
        panel = panel.override_by_name(name, [DynamicConfigValue("unit", unit)])
    return panel


def listing(
    title: str, description: str, unit: str, expr: str, label: tuple[str, str], value: str, steps: Steps
) -> table.Panel:
    """A row for each value of a label, largest first. label: of the query, and what its column is called."""
    panel = _table(title, description, unit, 12, height=8).thresholds(_thresholds(steps)).color_scheme(_by_thresholds())
    panel = panel.with_target(_target(one(expr, value), 0).instant().format(_AS_TABLE))
    named, called = label
    names = {named: called, "Value": value}
    panel = panel.with_transformation(
        _step("organize", {"renameByName": names, "excludeByName": {"Time": True}, "indexByName": {named: 0}})
    )
    panel = panel.override_by_name(value, [DynamicConfigValue("custom.cellOptions", {"type": "color-text"})])
    return panel.sort_by([common_builders.TableSortByFieldState().display_name(value).desc(True)])


_OPACITY, _EXPONENTIAL = models.HeatmapColorMode.OPACITY, models.HeatmapColorScale.EXPONENTIAL
_AS_TABLE = PromQueryFormat.TABLE


def _table(title: str, description: str, unit: str, width: int, height: int) -> table.Panel:
    panel = table.Panel().title(title).description(description).datasource(DATA_SOURCE).unit(unit)
    return panel.no_value("–").span(width).height(height).show_header(True)


def _over_time(
    title: str, description: str, unit: str, axis: str, series: Sequence[Series], width: int
) -> timeseries.Panel:
    legend = common_builders.VizLegendOptions().display_mode(common.LegendDisplayMode.LIST)
    legend = legend.placement(common.LegendPlacement.BOTTOM).show_legend(True)
    tooltip = common_builders.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI)
    panel = timeseries.Panel().title(title).description(description).unit(unit).datasource(DATA_SOURCE)
    panel = panel.legend(legend).tooltip(tooltip).span(width).height(8).axis_label(axis)
    # A series without a colour of its own is grey, never one of Grafana's palette: some of those cannot be seen.
    plain = dashboard_builders.FieldColor().mode(dashboard.FieldColorModeId.FIXED).fixed_color(GREY)
    panel = panel.color_scheme(plain)
    for index, single in enumerate(series):
        panel = panel.with_target(_target(single, index).range())
        for name, (text, colour) in single.shown.items():
            called = [_called(text)] if text != name else []
            own = [_fixed(colour)] if colour else []
            panel = panel.override_by_name(name, [*called, *own, *single.style])
    return panel


def _target(series: Series, index: int) -> prometheus.Dataquery:
    query = prometheus.Dataquery().expr(series.expr).legend_format(series.name).ref_id(chr(ord("A") + index))
    return query.datasource(DATA_SOURCE)


def _thresholds(steps: Steps) -> dashboard_builders.ThresholdsConfig:
    found = [dashboard.Threshold(value=value, color=colour) for value, colour in steps]
    return dashboard_builders.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(found)


def _by_thresholds() -> dashboard_builders.FieldColor:
    return dashboard_builders.FieldColor().mode(dashboard.FieldColorModeId.THRESHOLDS)


def _fixed(colour: str) -> DynamicConfigValue:
    return DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": colour})


def _called(text: str) -> DynamicConfigValue:
    return DynamicConfigValue(id_val="displayName", value=text)


def _step(name: str, options: object) -> dashboard.DataTransformerConfig:
    return dashboard.DataTransformerConfig(id_val=name, options=options)


def _link(title: str, address: str) -> dashboard_builders.DashboardLink:
    made = dashboard_builders.DashboardLink(title).type(dashboard.DashboardLinkType.LINK)
    return made.url(address).target_blank(True)
