"""What all dashboards share: data source, line, group, the product's address, links, events and time zone."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import dashboard as models

from grafana.annotations import events
from grafana.panels import DATA_SOURCE, Panel
from grafana.words import Say

ZONE = "Europe/Amsterdam"
# Replaced by the reader, or for all by `python -m grafana.build --product`.
EXAMPLE = "https://callcenter.example.nl"


def page(path: str) -> str:
    """The address of a page of the product, from the variable of the dashboard."""
    return "${product:raw}" + path


def board(
    say: Say, product: str, uid: str, title: str, description: str, panels: Sequence[Panel], refresh: str = "1m"
) -> builders.Dashboard:
    """A dashboard of these panels in this order. It opens with today, in Amsterdam's time, for all lines and groups."""
    made = (
        builders.Dashboard(title)
        .uid(say(uid, f"{uid}-en"))
        .description(description)
        .tags(["callcenter"])
        .timezone(ZONE)
        .week_start("monday")
        .time("now/d", "now")
        .refresh(refresh)
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .readonly()
        .variables([_source(say), _lines(say), _groups(say), _address(say, product)])
        .annotations(list(events(say)))
        .links([*_pages(say), _other_dashboards()])
    )
    for number, panel in enumerate(panels, start=1):
        made = made.with_panel(panel.id(number))
    return made


def group_names(say: Say) -> dict[str, str]:
    """What each kind of caller is called, by the value of the label `group`."""
    return {
        "school": say("scholen", "schools"),
        "partner": say("partners", "partners"),
        "parent": say("ouders", "parents"),
        "youth": say("jongeren", "youth"),
        "unknown": say("onbekend", "unknown"),
    }


def _source(say: Say) -> builders.DatasourceVariable:
    return builders.DatasourceVariable("datasource").label(say("Gegevensbron", "Data source")).type("prometheus")


def _lines(say: Say) -> builders.QueryVariable:
    return (
        builders.QueryVariable("line")
        .label(say("Lijn", "Line"))
        .description(say("Het nummer uit `callcenter lines list`.", "The id from `callcenter lines list`."))
        .datasource(DATA_SOURCE)
        .query("label_values(callcenter_line_open, line)")
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(_all(say))
    )


def _groups(say: Say) -> builders.CustomVariable:
    values = ",".join(f"{name} : {value}" for value, name in group_names(say).items())
    return (
        builders.CustomVariable("group")
        .label(say("Soort beller", "Kind of caller"))
        .values(values)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(_all(say))
    )


def _all(say: Say) -> models.VariableOption:
    return models.VariableOption(text=say("Alle", "All"), value="$__all", selected=True)


def _address(say: Say, product: str) -> builders.TextBoxVariable:
    return (
        builders.TextBoxVariable("product")
        .label(say("Adres van callcenter", "Address of callcenter"))
        .default_value(product)
        .current(models.VariableOption(text=product, value=product, selected=True))
    )


def _pages(say: Say) -> list[builders.DashboardLink]:
    pages = (
        (say("Bord", "Board"), "/"),
        (say("Oproepen", "Calls"), "/oproepen"),
        (say("Terugbellen", "Callbacks"), "/terugbellen"),
        (say("Rooster", "Rota"), "/rooster"),
        (say("Cijfers", "Figures"), "/cijfers"),
        (say("Scholen", "Schools"), "/scholen"),
    )
    return [
        builders.DashboardLink(title)
        .type(models.DashboardLinkType.LINK)
        .icon("external link")
        .tooltip(say("Open deze pagina in callcenter", "Open this page in callcenter"))
        .url(page(path))
        .target_blank(True)
        for title, path in pages
    ]


def _other_dashboards() -> builders.DashboardLink:
    link = builders.DashboardLink("callcenter").type(models.DashboardLinkType.DASHBOARDS).tags(["callcenter"])
    return link.as_dropdown(True).include_vars(True).keep_time(True)
