"""The parts that dashboards share: data source, choice of lines, time range."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import dashboard as models

from grafana.panels import DATA_SOURCE, Panel


def board(uid: str, title: str, description: str, panels: Sequence[Panel]) -> builders.Dashboard:
    """A dashboard of these panels in this order. It opens with today, in the reader's time zone, for all lines."""
    lines = (
        builders.QueryVariable("line")
        .label("Line")
        .datasource(DATA_SOURCE)
        .query("label_values(callcenter_line_open, line)")
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(models.VariableOption(text="All", value="$__all", selected=True))
    )
    source = builders.DatasourceVariable("datasource").label("Data source").type("prometheus")
    made = (
        builders.Dashboard(title)
        .uid(uid)
        .description(description)
        .tags(["callcenter"])
        .timezone("browser")
        .week_start("monday")
        .time("now/d", "now")
        .refresh("1m")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .readonly()
        .with_variable(source)
        .with_variable(lines)
    )
    for number, panel in enumerate(panels, start=1):
        made = made.with_panel(panel.id(number))
    return made
