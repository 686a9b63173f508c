"""The events that every chart marks: a rota that was loaded, a day on which the line is closed, a release."""

from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard

from grafana.colours import BRAND, GREY, PURPLE
from grafana.panels import DATA_SOURCE
from grafana.queries import LINES
from grafana.words import Say

# Grafana asks for at most 11,000 points, so an event of ten minutes is found in ranges of up to 76 days.
_STEP = "10m"


@dataclass
class Event(Builder[dashboard.AnnotationQuery]):
    """A Prometheus annotation. Grafana's schema leaves `step`, the title and `useValueForTime` to the data source.

    by_value: the value of the query is the time of the event, in milliseconds since 1970.
    """

    name: str
    expr: str
    title: str
    colour: str
    by_value: bool = False

    def build(self) -> dashboard.AnnotationQuery:
        """The annotation with the fields of Grafana's Prometheus data source."""
        return _Annotation(self)


class _Annotation(dashboard.AnnotationQuery):
    def __init__(self, event: Event) -> None:
        super().__init__(event.name, DATA_SOURCE, True, False, event.colour, expr=event.expr)
        self._event = event

    def to_json(self) -> dict[str, Any]:
        event = self._event
        own = {"step": _STEP, "titleFormat": event.title, "textFormat": "", "useValueForTime": event.by_value}
        return {**super().to_json(), **own}


def events(say: Say) -> tuple[Event, ...]:
    """The three kinds of events, on by default; the reader can switch each one off."""
    versions = "count by (version) (callcenter_build_info)"
    before = f"callcenter_build_info offset {_STEP}"
    return (
        Event(
            say("Rooster geladen", "Rota loaded"),
            "max(callcenter_rota_loaded_timestamp_seconds) * 1000",
            say("Nieuw rooster geladen", "New rota loaded"),
            BRAND,
            by_value=True,
        ),
        Event(
            say("Gesloten dagen", "Closed days"),
            f"max(callcenter_closed_today{{{LINES}}}) == 1",
            say("De lijn is de hele dag gesloten", "The line is closed all day"),
            GREY,
        ),
        Event(
            say("Nieuwe versies", "Releases"),
            # Not where Prometheus saw no host before: that is no release.
            f"{versions} unless count by (version) ({before}) and on () count({before})",
            say("Versie {{version}} in gebruik", "Release {{version}} in use"),
            PURPLE,
        ),
    )
