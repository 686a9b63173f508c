"""The parts that panels share: data source, colours, sizes and queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grafana_foundation_sdk.builders import common as common_builders
from grafana_foundation_sdk.builders import dashboard as dashboard_builders
from grafana_foundation_sdk.builders import heatmap, prometheus, stat, timeseries
from grafana_foundation_sdk.models import common, dashboard
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

INK, MUTED, BRAND = "#17212b", "#52606d", "#154273"
GOOD, WARN, BAD = "#1e7b34", "#8a5a00", "#b3261e"
OUTCOME_COLOURS = {
    "answered": "#154273",
    "voicemail": "#5b8fc7",
    "callback_requested": "#5b8fc7",
    "missed": "#b87a10",
    "abandoned": "#b3261e",
    "failed": "#b3261e",
}
DATA_SOURCE = dashboard.DataSourceRef(type_val="prometheus", uid="${datasource}")
# Every query is limited to the lines chosen at the top of the dashboard.
LINES = 'line=~"$line"'

Panel = stat.Panel | timeseries.Panel | heatmap.Panel


@dataclass(frozen=True, slots=True)
class Series:
    """One query and the name of its series; `{{label}}` in the name stands for a label's value."""

    expr: str
    name: str


def grown(selector: str, window: str) -> str:
    """The query of the exact growth of a total in a window.

    Totals are stored in the database and never reset, so the present value minus the earlier one is exact. increase()
    extrapolates at the window's edges and gives fractions of calls. Where Prometheus has no value from before the
    window, growth counts from the first value within it. Every host reports the same totals, so the query takes the
    maximum over hosts, not the sum.
    """
    before = f"({selector} offset {window} or min_over_time({selector}[{window}]))"
    return f"max without (instance) ({selector} - {before})"


def share(part: str, whole: str) -> str:
    """The query of a ratio that is absent, not NaN, while `whole` is zero."""
    return f"({part}) / ({whole} > 0)"


def quantile(q: float, metric: str, window: str, matchers: str = LINES) -> str:
    """The query of a quantile in seconds from a histogram's buckets."""
    selector = f"{metric}_bucket{{{matchers}}}" if matchers else f"{metric}_bucket"
    return f"histogram_quantile({q}, sum by (le) ({grown(selector, window)}))"


def figure(
    title: str,
    description: str,
    unit: str,
    series: Sequence[Series],
    steps: Sequence[tuple[float | None, str]] = ((None, BRAND),),
    decimals: int = 0,
    width: int = 4,
) -> stat.Panel:
    """A large figure over the chosen time. steps: the value from which each colour holds."""
    panel = stat.Panel().reduce_options(common_builders.ReduceDataOptions().calcs(["lastNotNull"]))
    panel = panel.color_mode(common.BigValueColorMode.VALUE).graph_mode(common.BigValueGraphMode.NONE)
    panel = panel.title(title).description(description).unit(unit).decimals(decimals).datasource(DATA_SOURCE)
    panel = panel.thresholds(_thresholds(steps)).no_value("–").span(width).height(5)
    for index, one in enumerate(series):
        panel = panel.with_target(_target(one, index, instant=True))
    return panel


def lines(
    title: str,
    description: str,
    unit: str,
    series: Sequence[Series],
    colours: Mapping[str, str] | None = None,
    width: int = 12,
    most: float | None = None,
) -> timeseries.Panel:
    """Lines over time. colours: by the name of the series."""
    panel = _over_time(title, description, unit, series, width).fill_opacity(0).line_width(2).min(0)
    panel = panel if most is None else panel.max(most)
    for name, colour in (colours or {}).items():
        panel = panel.override_by_name(name, [_fixed(colour)])
    return panel


def with_marks(panel: timeseries.Panel) -> timeseries.Panel:
    """Add the two lines of every reachability chart: the target (88%) and the baseline (69%)."""
    first = len(panel.build().targets or [])
    marks: tuple[tuple[Series, str, list[int], int], ...] = (
        (Series("max(callcenter_reachability_target_ratio)", "2015: 88%"), INK, [], 2),
        (Series("max(callcenter_reachability_baseline_ratio)", "2022: 69%"), MUTED, [8, 6], 1),
    )
    for index, (series, colour, dash, thick) in enumerate(marks, start=first):
        style = {"fill": "dash", "dash": dash} if dash else {"fill": "solid"}
        panel = panel.with_target(_target(series, index)).override_by_name(
            series.name,
            [
                _fixed(colour),
                dashboard.DynamicConfigValue(id_val="custom.lineStyle", value=style),
                dashboard.DynamicConfigValue(id_val="custom.lineWidth", value=thick),
            ],
        )
    return panel


def bars(
    title: str,
    description: str,
    unit: str,
    series: Sequence[Series],
    colours: Mapping[str, str] | None = None,
    width: int = 12,
) -> timeseries.Panel:
    """Stacked bars over time."""
    panel = _over_time(title, description, unit, series, width).draw_style(common.GraphDrawStyle.BARS)
    panel = panel.fill_opacity(90).line_width(0).min(0).interval("1m")
    panel = panel.stacking(common_builders.StackingConfig().mode(common.StackingMode.NORMAL))
    for name, colour in (colours or {}).items():
        panel = panel.override_by_name(name, [_fixed(colour)])
    return panel


def cells(title: str, description: str, unit: str, expr: str, width: int = 12) -> heatmap.Panel:
    """A histogram's buckets over time, darker where more values are."""
    target = _target(Series(expr, "{{le}}"), 0).format(PromQueryFormat.HEATMAP)
    panel = heatmap.Panel().title(title).description(description).datasource(DATA_SOURCE).unit(unit)
    return panel.with_target(target).span(width).height(8).calculate(False).interval("1m")


def _over_time(title: str, description: str, unit: str, series: Sequence[Series], width: int) -> timeseries.Panel:
    legend = common_builders.VizLegendOptions().display_mode(common.LegendDisplayMode.LIST)
    legend = legend.placement(common.LegendPlacement.BOTTOM).show_legend(True)
    tooltip = common_builders.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI)
    panel = timeseries.Panel().title(title).description(description).unit(unit).datasource(DATA_SOURCE)
    panel = panel.legend(legend).tooltip(tooltip).span(width).height(8)
    for index, one in enumerate(series):
        panel = panel.with_target(_target(one, index))
    return panel


def _target(series: Series, index: int, instant: bool = False) -> prometheus.Dataquery:
    query = prometheus.Dataquery().expr(series.expr).legend_format(series.name).ref_id(chr(ord("A") + index))
    query = query.datasource(DATA_SOURCE)
    return query.instant() if instant else query.range()


def _thresholds(steps: Sequence[tuple[float | None, str]]) -> dashboard_builders.ThresholdsConfig:
    found = [dashboard.Threshold(value=value, color=colour) for value, colour in steps]
    return dashboard_builders.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(found)


def _fixed(colour: str) -> dashboard.DynamicConfigValue:
    return dashboard.DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": colour})
